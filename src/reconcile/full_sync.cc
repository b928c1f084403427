#include "reconcile/full_sync.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unordered_set>

namespace syncer {

namespace {
// A vCenter that cannot answer a page may answer a smaller one.
constexpr std::size_t kSmallestPage = 50;
} // namespace

FullSync::FullSync(Deps deps, FullSyncOptions options)
    : deps_(std::move(deps)), options_(options), page_(options.page), wake_(deps_.executor, 1) {}

void FullSync::request() { wake_.try_send(boost::system::error_code()); }

asio::awaitable<void> FullSync::run() {
  using namespace asio::experimental::awaitable_operators;
  std::uint32_t failures = 0;
  while (!deps_.view.synced()) {
    co_await wake_.async_receive(asio::as_tuple(asio::use_awaitable));
  }
  while (true) {
    const Clock::time_point begun = deps_.clock.now();
    status_.running = true;
    const Outcome<> result = co_await cycle();
    status_.running = false;
    const std::chrono::duration<double> took = deps_.clock.now() - begun;
    Clock::duration pause = options_.interval;
    if (result) {
      failures = 0;
      ++status_.cycles;
      status_.last_error.clear();
      page_ = options_.page;
      deps_.log.info("full sync read volumes={} cns_volumes={} cns_without_pv={} seconds={:.3f}",
                     status_.volumes_read, status_.cns_volumes, status_.cns_without_pv,
                     took.count());
    } else {
      ++failures;
      page_ = std::max(kSmallestPage, page_ / 2);
      pause = std::min(pause, options_.backoff.after(failures, deps_.random()));
      if (status_.last_error != result.error().detail) {
        deps_.log.warn("full sync failed, next try in {:.1f} s: {}",
                       std::chrono::duration<double>(pause).count(), result.error().detail);
      }
      status_.last_error = result.error().detail;
    }
    deps_.observer.full_sync_finished(result ? "success" : "failure", took);
    auto woken = wake_.async_receive(asio::as_tuple(asio::use_awaitable));
    auto slept = deps_.clock.sleep_until(deps_.clock.now() + pause);
    co_await (std::move(woken) || std::move(slept));
  }
}

asio::awaitable<Outcome<>> FullSync::cycle() {
  std::vector<VolumeId> volumes = deps_.view.volumes();
  const std::size_t count = volumes.size();
  const Outcome<> pages = co_await read_pages(std::move(volumes));
  if (!pages) co_return pages;
  status_.volumes_read = count;
  co_return co_await count_ids();
}

asio::awaitable<Outcome<>> FullSync::read_pages(std::vector<VolumeId> volumes) {
  for (std::size_t from = 0; from < volumes.size(); from += page_) {
    const std::size_t to = std::min(volumes.size(), from + page_);
    std::vector<VolumeId> page(volumes.begin() + static_cast<std::ptrdiff_t>(from),
                               volumes.begin() + static_cast<std::ptrdiff_t>(to));
    const Clock::time_point asked_at = deps_.clock.now();
    const std::uint64_t mark = deps_.reconciler.read_mark();
    const Outcome<std::vector<CnsVolume>> found = co_await deps_.cns.query_volumes(page);
    if (!found) co_return in_context("read of a page of volumes", found.error());
    deps_.reconciler.learned(page, *found, asked_at, mark);
  }
  co_return Done{};
}

asio::awaitable<Outcome<>> FullSync::count_ids() {
  const Outcome<std::vector<VolumeId>> ids = co_await deps_.cns.query_ids();
  if (!ids) co_return in_context("read of all ids", ids.error());
  const std::vector<VolumeId> named = deps_.view.volumes();
  const std::unordered_set<VolumeId> known(named.begin(), named.end());
  status_.cns_volumes = ids->size();
  status_.cns_without_pv = static_cast<std::size_t>(std::count_if(
      ids->begin(), ids->end(), [&](const VolumeId& id) { return !known.contains(id); }));
  co_return Done{};
}

} // namespace syncer
