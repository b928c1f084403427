// The label pv_missing: the volume is read by id, and its PV entities get the label.
#include <spdlog/spdlog.h>

#include "reconcile/departures.h"
#include "reconcile/departures_rules.h"
#include "reconcile/label_limits.h"

namespace syncer {

asio::awaitable<Endings::Result> Departures::label(VolumeId id) {
  if (named(id)) {
    volume_named(id);
    co_return Result();
  }
  const Outcome<std::optional<CnsVolume>> found = co_await read(id);
  if (!found) co_return retry(id, found.error().detail);
  const bool missing = *found && (*found)->has_our_cluster &&
                       !is_of_pending_claim(**found, deps_.view.pending_claims());
  if (!missing) {
    missing_.forget(id);
    attempts_.erase(id);
    co_return Result();
  }
  const std::optional<CnsUpdate> update = missing_label(**found);
  if (!update) co_return labelled(id, false);

  // The world moved on while we read.
  if (named(id)) {
    volume_named(id);
    co_return Result();
  }
  if (!label_due(id)) co_return Result();
  Result held;
  held.again = wait_for_leave();
  if (held.again) co_return held;
  const WriteResult write = co_await write_label(*update);
  switch (write.end) {
    case WriteEnd::kAcknowledged:
      co_return labelled(id, true);
    case WriteEnd::kRefused:
      co_return retry(id, write.error.detail);
    case WriteEnd::kUnknown:
      co_return lost(id, write);
  }
  co_return Result();
}

// With fewer labels if this vCenter takes no more.
asio::awaitable<WriteResult> Departures::write_label(CnsUpdate update) {
  if (labels_limited_) cut_labels(update.upserts);
  WriteResult result = co_await deps_.cns.update(update);
  if (result.end != WriteEnd::kRefused || result.fault != CnsFault::kInvalidArgument)
    co_return result;
  if (wait_for_leave() || named(update.id) || !cut_labels(update.upserts)) co_return result;
  result = co_await deps_.cns.update(update);
  if (result.end == WriteEnd::kAcknowledged) labels_limited_ = true;
  co_return result;
}

Endings::Result Departures::labelled(const VolumeId& id, bool written) {
  missing_.labelled(id);
  attempts_.erase(id);
  if (written) {
    ++labelled_;
    deps_.log.info("volume={} labelled pv_missing: nothing in the cluster names it", id.view());
  }
  return {};
}

} // namespace syncer
