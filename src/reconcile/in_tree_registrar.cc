#include "reconcile/in_tree_registrar.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace syncer {

namespace {
constexpr std::chrono::seconds kShortPause{1};
} // namespace

InTreeRegistrar::InTreeRegistrar(Deps deps, Callbacks told, InTreeOptions options)
    : deps_(std::move(deps)),
      told_(std::move(told)),
      options_(std::move(options)),
      wake_(deps_.executor, 1) {}

void InTreeRegistrar::wake() { wake_.try_send(boost::system::error_code()); }

void InTreeRegistrar::spawn(asio::awaitable<void> work) {
  ++running_;
  asio::co_spawn(deps_.executor, std::move(work), [this](const std::exception_ptr& failure) {
    --running_;
    if (failure) std::rethrow_exception(failure);
    wake();
  });
}

asio::awaitable<void> InTreeRegistrar::wait_until(Clock::time_point when) {
  using namespace asio::experimental::awaitable_operators;
  auto woken = wake_.async_receive(asio::as_tuple(asio::use_awaitable));
  auto slept = deps_.clock.sleep_until(when);
  co_await (std::move(woken) || std::move(slept));
}

void InTreeRegistrar::stop() {
  stopping_ = true;
  wake();
}

bool InTreeRegistrar::may_write() const {
  return !stopping_ && deps_.leadership.may_write(deps_.leadership.write_budget());
}

bool InTreeRegistrar::awaits_link(const VolumeId& id) const {
  return std::any_of(progress_.begin(), progress_.end(),
                     [&](const auto& entry) { return entry.second.id == id; });
}

void InTreeRegistrar::touched(const InternedString& path) {
  if (!begun_) return;
  if (const auto failure = failures_.find(path); failure != failures_.end()) {
    const VolumeFacts facts = deps_.view.in_tree_facts(path);
    // Pods that come and go do not make a disk exist.
    if (is_named(facts) && volumes_mark(facts) == failure->second.mark &&
        !deps_.migrations.find(path)) {
      return;
    }
  }
  queue_.add(path, EntityKind::kVolume, deps_.clock.now());
  wake();
}

// Also finds what nobody tells: a link that somebody removed.
void InTreeRegistrar::sweep() {
  next_sweep_ = deps_.clock.now() + options_.sweep;
  for (const InternedString& path : deps_.view.in_tree_paths()) {
    if (!deps_.migrations.find(path)) queue_.add_bulk(path);
  }
}

asio::awaitable<void> InTreeRegistrar::run() {
  while (!stopping_ && !(deps_.view.synced() && deps_.migrations.synced())) {
    co_await wait_until(deps_.clock.now() + kShortPause);
  }
  begun_ = true;
  while (!stopping_) {
    const Clock::time_point now = deps_.clock.now();
    if (next_sweep_ <= now) sweep();
    dispatch();
    Clock::time_point deadline = next_sweep_;
    if (in_flight_ < options_.max_in_flight) {
      if (queue_.has_ready(now, true)) deadline = std::min(deadline, outage_.until());
      deadline = std::min(deadline, queue_.next_deadline().value_or(deadline));
    }
    co_await wait_until(deadline);
  }
  while (running_ > 0) {
    co_await wake_.async_receive(asio::as_tuple(asio::use_awaitable));
  }
}

void InTreeRegistrar::dispatch() {
  const Clock::time_point now = deps_.clock.now();
  while (in_flight_ < options_.max_in_flight && outage_.until() <= now) {
    const std::optional<WorkQueue::Taken> taken = queue_.take(now, true);
    if (!taken) return;
    start(taken->id);
  }
}

void InTreeRegistrar::drop(const InternedString& path) {
  failures_.erase(path);
  progress_.erase(path);
  queue_.done(path);
}

void InTreeRegistrar::start(const InternedString& path) {
  const Clock::time_point now = deps_.clock.now();
  // The CSI controller links paths, too.
  if (const std::optional<VolumeId> id = deps_.migrations.find(path)) {
    drop(path);
    if (told_.linked) told_.linked(path, *id);
    return;
  }
  const VolumeFacts facts = deps_.view.in_tree_facts(path);
  if (!is_named(facts)) {
    drop(path);
    return;
  }
  const InTreeStart begin = in_tree_start(facts, now);
  if (!begin.now) {
    failures_.erase(path);
    if (begin.look_again) queue_.add_at(path, *begin.look_again);
    queue_.done(path);
    return;
  }
  const Outcome<VmdkPath> vmdk = parse_vmdk_path(path.view());
  if (!vmdk) {
    fail(path, vmdk.error().detail, true, options_.permanent_pause);
    return;
  }
  // Two spellings of one disk: the second finds out the id when the first is done.
  if (!may_write() || !busy_.emplace(vmdk->datastore, vmdk->file).second) {
    queue_.defer(path, now + kShortPause);
    return;
  }
  ++in_flight_;
  spawn(work(path, *vmdk));
}

asio::awaitable<void> InTreeRegistrar::work(InternedString path, VmdkPath vmdk) {
  const Result result = co_await attempt(path, vmdk);
  --in_flight_;
  busy_.erase({vmdk.datastore, vmdk.file});
  conclude(path, result);
}

void InTreeRegistrar::conclude(const InternedString& path, const Result& result) {
  const Clock::time_point now = deps_.clock.now();
  switch (result.end) {
    case End::kLinked: {
      const Progress progress = progress_[path];
      drop(path);
      if (progress.lost_at && told_.doubtful) told_.doubtful(progress.id, *progress.lost_at);
      if (told_.linked) told_.linked(path, progress.id);
      return;
    }
    case End::kPermanent:
      fail(path, result.detail, true, options_.permanent_pause);
      return;
    case End::kFailed:
      fail(path, result.detail, false, {});
      return;
    case End::kLost:
      fail(path, result.detail, false, options_.settle_delay);
      return;
    case End::kUnreachable:
    case End::kNotNow:
      queue_.defer(path, std::max<Clock::time_point>(outage_.until(), now + kShortPause));
      return;
  }
}

void InTreeRegistrar::fail(const InternedString& path, const std::string& detail, bool permanent,
                           Clock::duration least_pause) {
  const Clock::time_point now = deps_.clock.now();
  const VolumeFacts facts = deps_.view.in_tree_facts(path);
  const auto [entry, fresh] = failures_.try_emplace(path);
  InTreeFailure& failure = entry->second;
  if (fresh) failure.since = now;
  if (fresh || failure.detail != detail) {
    deps_.log.warn("in-tree path={} not registered{}: {}", path.view(),
                   permanent ? ", trying again hourly" : "", detail);
    if (const std::optional<EventTarget> target = in_tree_target(facts)) {
      deps_.events.warning(*target, "InTreeVolumeNotRegistered", detail);
    }
  }
  failure.detail = detail;
  failure.permanent = permanent;
  failure.mark = volumes_mark(facts);
  const Clock::duration pause = options_.backoff.after(queue_.failures(path) + 1, deps_.random());
  queue_.retry_at(path, now + (permanent ? least_pause : std::max(pause, least_pause)));
}

void InTreeRegistrar::unreachable(const Error& error) {
  const Clock::time_point now = deps_.clock.now();
  if (error.kind == ErrorKind::kCancelled || !outage_.failed(now, deps_.random())) return;
  deps_.log.warn("vCenter cannot be used to register in-tree volumes, next try in {:.1f} s: {}",
                 std::chrono::duration<double>(outage_.until() - now).count(), error.detail);
}

void InTreeRegistrar::answered() {
  if (outage_.answered()) deps_.log.info("vCenter answers again to register in-tree volumes");
}

} // namespace syncer
