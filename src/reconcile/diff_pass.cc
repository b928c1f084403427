#include "reconcile/diff_pass.h"

#include <algorithm>
#include <unordered_map>

#include "reconcile/volume_reads.h"

namespace syncer {

// Those that Kubernetes names, and those that only CNS still has for us.
asio::awaitable<Outcome<>> DiffPass::list() {
  Outcome<std::vector<VolumeId>> ids = co_await deps_.cns.query_ids();
  if (!ids) co_return in_context("read of all ids", ids.error());
  volumes_ = deps_.view.volumes();
  volumes_.insert(volumes_.end(), ids->begin(), ids->end());
  std::sort(volumes_.begin(), volumes_.end());
  volumes_.erase(std::unique(volumes_.begin(), volumes_.end()), volumes_.end());
  listed_ = true;
  co_return Done{};
}

asio::awaitable<Outcome<DiffPass::Page>> DiffPass::next() {
  if (!listed_) {
    const Outcome<> listed = co_await list();
    if (!listed) co_return listed.error();
  }
  const std::size_t to = std::min(volumes_.size(), at_ + options_.page);
  std::vector<VolumeId> ids(volumes_.begin() + static_cast<std::ptrdiff_t>(at_),
                            volumes_.begin() + static_cast<std::ptrdiff_t>(to));
  const VolumesRead read = co_await read_volumes(deps_.cns, std::move(ids));
  if (read.failed) co_return in_context("read of a page of volumes", *read.failed);
  at_ = to;
  std::unordered_map<VolumeId, const CnsVolume*> by_id;
  for (const CnsVolume& volume : read.found) by_id.emplace(volume.id, &volume);
  Page page;
  for (const VolumeId& id : read.asked) {
    const auto answer = by_id.find(id);
    add(id, answer == by_id.end() ? nullptr : answer->second, page);
  }
  for (const auto& [id, why] : read.bad) {
    ++counts_.unreadable;
    add_row({id, deps_.reconciler.pv_of(id), {}, why.detail}, page);
  }
  counts_.volumes = at_;
  page.counts = counts_;
  page.total = volumes_.size();
  page.last = at_ == volumes_.size();
  co_return page;
}

void DiffPass::add(const VolumeId& id, const CnsVolume* answer, Page& page) {
  VolumeComparison comparison = deps_.reconciler.compare(id, answer);
  switch (comparison.result) {
    case VolumeComparison::Result::kSame:
      ++counts_.in_sync;
      return;
    case VolumeComparison::Result::kHandsOff:
      ++counts_.hands_off;
      return;
    case VolumeComparison::Result::kUnnamed:
      ++counts_.only_in_cns;
      return;
    case VolumeComparison::Result::kDiffers:
    case VolumeComparison::Result::kAbsent:
      ++counts_.differ;
      if (comparison.queued) ++counts_.queued;
      add_row({id, deps_.reconciler.pv_of(id), std::move(comparison), ""}, page);
      return;
  }
}

void DiffPass::add_row(Row row, Page& page) {
  if (counts_.listed == options_.most_listed) return;
  ++counts_.listed;
  page.rows.push_back(std::move(row));
}

} // namespace syncer
