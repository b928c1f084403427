#include "reconcile/in_tree_unsupported.h"

#include <spdlog/spdlog.h>

#include "reconcile/in_tree_create.h"

namespace syncer {

namespace {
constexpr const char* kMessage = "in-tree volumes are not supported with several vCenters";
} // namespace

void InTreeUnsupported::touched(const InternedString& path) {
  if (!view_.synced()) return;
  const std::optional<EventTarget> target = in_tree_target(view_.in_tree_facts(path));
  if (!target) {
    told_.erase(path);
    return;
  }
  if (!told_.insert(path).second) return;
  log_.warn("in-tree path={} ignored: {}", path.view(), kMessage);
  events_.warning(*target, "InTreeVolumeNotRegistered", kMessage);
}

void InTreeUnsupported::look_at_all() {
  for (const InternedString& path : view_.in_tree_paths()) touched(path);
}

} // namespace syncer
