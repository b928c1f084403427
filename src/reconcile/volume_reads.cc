#include "reconcile/volume_reads.h"

namespace syncer {

namespace {
// So many refusals without a single answer are not the ids' fault.
constexpr std::size_t kHopeless = 24;
} // namespace

asio::awaitable<VolumesRead> read_volumes(CnsApi& cns, std::vector<VolumeId> ids) {
  VolumesRead result;
  std::vector<std::vector<VolumeId>> parts;
  parts.push_back(std::move(ids));
  std::size_t refusals = 0;
  while (!parts.empty()) {
    std::vector<VolumeId> part = std::move(parts.back());
    parts.pop_back();
    if (part.empty()) continue;
    Outcome<std::vector<CnsVolume>> found = co_await cns.query_volumes(part);
    if (found) {
      result.asked.insert(result.asked.end(), part.begin(), part.end());
      for (CnsVolume& volume : *found) result.found.push_back(std::move(volume));
      continue;
    }
    ++refusals;
    const bool hopeless = refusals > kHopeless && result.asked.empty();
    if (found.error().kind != ErrorKind::kRejected || found.error().unsent || hopeless) {
      result.failed = found.error();
      break;
    }
    if (part.size() == 1) {
      result.bad.emplace_back(part.front(), found.error());
      continue;
    }
    const auto middle = part.begin() + static_cast<std::ptrdiff_t>(part.size() / 2);
    parts.emplace_back(middle, part.end());
    parts.emplace_back(part.begin(), middle);
  }
  co_return result;
}

} // namespace syncer
