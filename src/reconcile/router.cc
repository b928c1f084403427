#include "reconcile/router.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace syncer {

namespace {

constexpr std::chrono::seconds kListPause{1};
constexpr std::chrono::hours kSweepPeriod{1};
// Nodes change in crowds: one look at the volumes serves many.
constexpr std::chrono::seconds kTopologyPause{1};

std::uint8_t bit(ChangeKind kind) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
}

} // namespace

Router::Router(Deps deps, RouterOptions options)
    : deps_(std::move(deps)),
      options_(options),
      missing_records_(
          {deps_.executor, deps_.records, deps_.clock, deps_.leadership, deps_.log, deps_.random}),
      sweep_at_(deps_.clock.now() + kSweepPeriod),
      wake_(deps_.executor, 1) {}

void Router::wake() { wake_.try_send(boost::system::error_code()); }

void Router::stop() {
  stopping_ = true;
  missing_records_.stop();
  wake();
}

Router::Counts Router::counts() const {
  return {settled_.size(), pending_.size(), failures_.size(), missing_records_.wanted()};
}

std::optional<std::size_t> Router::number_of(const std::string& host) const {
  for (const std::size_t number : order_) {
    if (slots_[number].host == host) return number;
  }
  return std::nullopt;
}

std::size_t Router::count_at(const std::string& host) const {
  const std::optional<std::size_t> number = number_of(host);
  if (!number) return 0;
  return static_cast<std::size_t>(
      std::count_if(settled_.begin(), settled_.end(),
                    [&](const auto& entry) { return entry.second.vcenter == *number; }));
}

std::optional<std::size_t> Router::route(const VolumeId& id) {
  if (order_.size() == 1) return order_.front();
  if (const auto known = settled_.find(id); known != settled_.end()) return known->second.vcenter;
  if (pending_.contains(id) || !deps_.view.synced()) return std::nullopt;
  // Whoever asks is about to look at the volume itself.
  consider(id, false);
  const auto found = settled_.find(id);
  if (found == settled_.end()) return std::nullopt;
  return found->second.vcenter;
}

void Router::touched(const VolumeId& id, ChangeKind kind) {
  if (order_.size() == 1) {
    tell(order_.front(), id, bit(kind));
  } else if (const auto known = settled_.find(id); known != settled_.end()) {
    tell(known->second.vcenter, id, bit(kind));
  } else if (deps_.view.synced()) {
    pending_[id].touched |= bit(kind);
    consider(id, true);
  }
}

void Router::changed(const VolumeId& id) {
  if (!several()) return;
  if (const auto known = settled_.find(id); known != settled_.end()) {
    reconsider_settled(id, known->second);
  } else if (deps_.view.synced()) {
    consider(id, true);
  }
}

void Router::topology_changed() {
  if (!several() || recheck_at_) return;
  recheck_at_ = deps_.clock.now() + kTopologyPause;
  wake();
}

void Router::recheck_topology() {
  std::vector<VolumeId> ids;
  ids.reserve(pending_.size() + settled_.size());
  for (const auto& [id, pending] : pending_) ids.push_back(id);
  for (const auto& [id, settled] : settled_) {
    if (settled.basis == Basis::kTopology) ids.push_back(id);
  }
  for (const VolumeId& id : ids) changed(id);
}

void Router::present(const VolumeId& id, const std::string& host) {
  if (!several()) return;
  const auto known = settled_.find(id);
  if (known == settled_.end() || slots_[known->second.vcenter].host != host) return;
  const bool recorded = deps_.records.find(id).has_value();
  if (!recorded || known->second.basis == Basis::kTopology) known->second.basis = Basis::kSeen;
  if (recorded || !deps_.records.synced()) return;
  // A volume without PV may be on its way out, and its CNSVolumeInfo was deleted for that.
  if (!deps_.view.facts(id).volumes.empty()) missing_records_.want(id, host);
}

Route Router::evaluate(const VolumeId& id, const VolumeFacts& facts) const {
  const bool synced = deps_.records.synced();
  std::optional<std::string> recorded;
  if (synced) recorded = deps_.records.find(id);
  const RoutingInput input{id, facts, std::move(recorded), synced, hosts_};
  return route_of(input, deps_.topology);
}

void Router::consider(const VolumeId& id, bool tell) {
  const VolumeFacts facts = deps_.view.facts(id);
  Route route = evaluate(id, facts);
  switch (route.kind) {
    case Route::Kind::kVCenter:
      settle(id, *number_of(route.vcenter), route.by_record ? Basis::kRecord : Basis::kTopology,
             tell);
      return;
    case Route::Kind::kNoVolume:
      drop(id);
      return;
    case Route::Kind::kUnresolved:
    case Route::Kind::kAsk:
    case Route::Kind::kUnknownVCenter:
    case Route::Kind::kNotYet:
      hold(id, facts, std::move(route));
      return;
  }
}

void Router::reconsider_settled(const VolumeId& id, Settled settled) {
  Route route = evaluate(id, deps_.view.facts(id));
  if (route.kind == Route::Kind::kVCenter) {
    const std::size_t vcenter = *number_of(route.vcenter);
    // What CNS showed is worth more than what nodes are labelled with.
    if (!route.by_record && settled.basis != Basis::kTopology && vcenter != settled.vcenter) return;
    const Basis basis = route.by_record                     ? Basis::kRecord
                        : settled.basis == Basis::kTopology ? Basis::kTopology
                                                            : Basis::kSeen;
    settle(id, vcenter, basis, vcenter != settled.vcenter);
  } else if (route.kind == Route::Kind::kUnknownVCenter) {
    settled_.erase(id);
    consider(id, true);
  } else if (settled.basis == Basis::kRecord) {
    settled_[id].basis = Basis::kSeen; // The CNSVolumeInfo went, the volume did not move.
  }
}

// No vCenter yet.
void Router::hold(const VolumeId& id, const VolumeFacts& facts, Route route) {
  Pending& pending = pending_[id];
  if (pending.state == Pending::State::kRegistering) return; // considered again at its end
  if (pending.state != Pending::State::kNew && pending.route == route) return;
  pending.route = std::move(route);
  pending.inquiry.reset();
  name_unknown(id, pending,
               pending.route.kind == Route::Kind::kUnknownVCenter ? pending.route.vcenter : "");
  switch (pending.route.kind) {
    case Route::Kind::kNotYet:
      // Not `resting`: a complete list must not wait for anything.
      pending.state = Pending::State::kNew;
      schedule(id, pending, deps_.clock.now() + kListPause);
      return;
    case Route::Kind::kUnknownVCenter:
      pending.state = Pending::State::kResting;
      schedule(id, pending, std::nullopt);
      fail(id, facts, pending.route.reason);
      return;
    default:
      ask(id, pending);
  }
}

void Router::settle(const VolumeId& id, std::size_t vcenter, Basis basis, bool tell_it) {
  std::uint8_t kinds = 0;
  if (const auto pending = pending_.find(id); pending != pending_.end()) {
    kinds = pending->second.touched;
    drop(id);
  }
  settled_[id] = Settled{vcenter, basis};
  if (tell_it) tell(vcenter, id, kinds == 0 ? bit(ChangeKind::kVolume) : kinds);
}

void Router::drop(const VolumeId& id) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  schedule(id, found->second, std::nullopt);
  name_unknown(id, found->second, "");
  pending_.erase(found);
  failures_.erase(id);
}

void Router::tell(std::size_t vcenter, const VolumeId& id, std::uint8_t kinds) {
  for (const ChangeKind kind : {ChangeKind::kVolume, ChangeKind::kClaim, ChangeKind::kPod}) {
    if ((kinds & bit(kind)) != 0) slots_[vcenter].touched(id, kind);
  }
}

void Router::schedule(const VolumeId& id, Pending& pending, std::optional<Clock::time_point> when) {
  if (pending.next) due_.erase({*pending.next, id});
  pending.next = when;
  if (!when) return;
  due_.emplace(*when, id);
  wake();
}

// One Event and one line for each reason, not for each try.
void Router::fail(const VolumeId& id, const VolumeFacts& facts, const std::string& reason) {
  const auto [failure, fresh] =
      failures_.try_emplace(id, RoutingFailure{reason, deps_.clock.now()});
  if (!fresh && failure->second.reason == reason) return;
  failure->second.reason = reason;
  deps_.log.warn("volume={} belongs to no vCenter: {}", id.view(), reason);
  if (facts.volumes.empty()) return;
  deps_.events.warning(about(facts.volumes.front().pv), "VCenterNotFound",
                       "volume " + id.str() + " belongs to no vCenter: " + reason);
}

void Router::name_unknown(const VolumeId& id, Pending& pending, const std::string& host) {
  const std::string before = pending.unknown_host;
  if (before == host) return;
  pending.unknown_host = host;
  if (!before.empty() && --unknown_hosts_[before] == 0) {
    unknown_hosts_.erase(before);
    deps_.conditions.clear(Condition::kUnknownVCenter, before);
  }
  if (host.empty() || ++unknown_hosts_[host] > 1) return;
  deps_.conditions.raise(Condition::kUnknownVCenter, host,
                         "CNSVolumeInfo objects name this vCenter, which is not configured; "
                         "volume " +
                             id.str() + " is one of them");
}

void Router::due(const VolumeId& id) {
  Pending& pending = pending_.at(id);
  schedule(id, pending, std::nullopt);
  if (pending.state == Pending::State::kAsking) {
    conclude(id);
    return;
  }
  pending.state = Pending::State::kNew;
  consider(id, true);
}

// Decisions are kept for volumes that lost their PV, because CNS may still hold them; not for ever.
void Router::sweep() {
  if (!deps_.view.complete()) return;
  std::set<VolumeId> gone;
  for (const auto& [id, settled] : settled_) {
    if (deps_.view.facts(id).volumes.empty()) gone.insert(id);
  }
  for (const VolumeId& id : gone_) {
    if (gone.erase(id) > 0) settled_.erase(id);
  }
  gone_ = std::move(gone);
}

asio::awaitable<void> Router::run() {
  using namespace asio::experimental::awaitable_operators;
  ++running_;
  asio::co_spawn(deps_.executor, missing_records_.run(), [this](const std::exception_ptr& failure) {
    --running_;
    if (failure) std::rethrow_exception(failure);
    wake();
  });
  while (!stopping_) {
    const Clock::time_point now = deps_.clock.now();
    if (recheck_at_ && *recheck_at_ <= now) {
      recheck_at_.reset();
      recheck_topology();
    }
    if (sweep_at_ <= now) {
      sweep_at_ = now + kSweepPeriod;
      sweep();
    }
    while (!due_.empty() && due_.begin()->first <= now) {
      const VolumeId id = due_.begin()->second;
      due(id);
    }
    std::erase_if(leaving_, [](const auto& reader) { return !reader->busy(); });
    Clock::time_point next = sweep_at_;
    if (recheck_at_) next = std::min(next, *recheck_at_);
    if (!due_.empty()) next = std::min(next, due_.begin()->first);
    auto woken = wake_.async_receive(asio::as_tuple(asio::use_awaitable));
    auto slept = deps_.clock.sleep_until(next);
    co_await (std::move(woken) || std::move(slept));
  }
  for (Slot& slot : slots_) leave(slot);
  const auto is_busy = [](const auto& reader) { return reader->busy(); };
  while (running_ > 0 || std::any_of(leaving_.begin(), leaving_.end(), is_busy)) {
    co_await wake_.async_receive(asio::as_tuple(asio::use_awaitable));
  }
}

} // namespace syncer
