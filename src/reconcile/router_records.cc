#include "reconcile/router_records.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace syncer {

namespace {

constexpr std::chrono::seconds kLeaderPause{1};
constexpr Backoff kRefused{std::chrono::seconds(10), std::chrono::hours(1)};
constexpr Backoff kServerFails{std::chrono::milliseconds(500), std::chrono::seconds(60)};

} // namespace

RouterRecords::RouterRecords(Deps deps) : deps_(std::move(deps)), wake_(deps_.executor, 1) {}

void RouterRecords::wake() { wake_.try_send(boost::system::error_code()); }

void RouterRecords::stop() {
  stopping_ = true;
  wake();
}

void RouterRecords::schedule(const VolumeId& id, Item& item, Clock::time_point when) {
  due_.erase({item.next, id});
  item.next = when;
  due_.emplace(when, id);
}

void RouterRecords::want(const VolumeId& id, const std::string& vcenter) {
  const auto [place, fresh] = items_.try_emplace(id);
  if (!fresh && place->second.vcenter == vcenter) return;
  place->second.vcenter = vcenter;
  schedule(id, place->second, deps_.clock.now());
  wake();
}

void RouterRecords::forget(const VolumeId& id) {
  const auto found = items_.find(id);
  if (found == items_.end()) return;
  due_.erase({found->second.next, id});
  items_.erase(found);
}

asio::awaitable<void> RouterRecords::run() {
  using namespace asio::experimental::awaitable_operators;
  while (!stopping_) {
    if (due_.empty()) {
      co_await wake_.async_receive(asio::as_tuple(asio::use_awaitable));
      continue;
    }
    const Clock::time_point next = std::max(due_.begin()->first, pause_until_);
    if (next > deps_.clock.now()) {
      auto woken = wake_.async_receive(asio::as_tuple(asio::use_awaitable));
      auto slept = deps_.clock.sleep_until(next);
      co_await (std::move(woken) || std::move(slept));
      continue;
    }
    const VolumeId id = due_.begin()->second;
    co_await put(id);
  }
}

asio::awaitable<void> RouterRecords::put(VolumeId id) {
  if (deps_.store.find(id)) {
    forget(id);
    co_return;
  }
  if (!deps_.leadership.may_write(deps_.leadership.write_budget())) {
    pause_until_ = deps_.clock.now() + kLeaderPause;
    co_return;
  }
  const VolumeInfo info{id, items_.at(id).vcenter};
  const Outcome<> done = co_await deps_.store.put(info);
  const auto item = items_.find(id);
  if (done) {
    failures_ = 0;
    deps_.log.debug("CNSVolumeInfo created volume={} vcenter={}", id.view(), info.vcenter);
    // Wanted for another vCenter meanwhile: that is a contradiction to what exists now, and what
    // exists decides.
    forget(id);
    co_return;
  }
  const Clock::time_point now = deps_.clock.now();
  if (done.error().kind == ErrorKind::kTransient) {
    pause_until_ = now + kServerFails.after(++failures_, deps_.random());
  }
  if (item == items_.end()) co_return;
  if (item->second.failures++ == 0) {
    deps_.log.warn("CNSVolumeInfo not created, trying again volume={} vcenter={}: {}", id.view(),
                   info.vcenter, done.error().detail);
  }
  const bool refused = done.error().kind != ErrorKind::kTransient;
  schedule(id, item->second,
           refused ? now + kRefused.after(item->second.failures, deps_.random()) : now);
}

} // namespace syncer
