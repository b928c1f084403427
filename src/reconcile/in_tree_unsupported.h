#pragma once

#include <unordered_set>

#include "core/events.h"
#include "informers/cluster_view.h"

namespace spdlog {
class logger;
}

namespace syncer {

// Stands where the registrar would with several vCenters: the CSI controller knows no in-tree
// volumes then. Says so once per path and leaves everything else alone.
class InTreeUnsupported {
 public:
  InTreeUnsupported(const ClusterView& view, EventSink& events, spdlog::logger& log)
      : view_(view), events_(events), log_(log) {}

  // Something that leads to the path changed. One that is gone and comes back is told anew.
  void touched(const InternedString& path);
  // Looks at every path; when the view is synced.
  void look_at_all();
  // Paths that something names, and that are not in CNS for this reason.
  std::size_t count() const { return told_.size(); }

 private:
  const ClusterView& view_;
  EventSink& events_;
  spdlog::logger& log_;
  std::unordered_set<InternedString> told_;
};

} // namespace syncer
