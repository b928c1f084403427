#include "informers/reflector_fsm.h"

#include <algorithm>

#include "informers/kube_decode.h"

namespace syncer {

namespace {

using namespace std::chrono_literals;
using Duration = Clock::duration;

constexpr Duration kFirstWait = 800ms;
constexpr Duration kLongestWait = 30s;
constexpr Duration kHealthy = 2min;
constexpr Duration kQuickJitter = 500ms;
constexpr Duration kUnsupported = 30min;
constexpr Duration kTooLargeTolerated = 30s;
constexpr Duration kLeastThrottle = 1s; // whatever the server asks for
constexpr Duration kMostThrottle = 2min;
constexpr Duration kShortWatch = 1s;
constexpr int kShortWatchesBeforeList = 5;
constexpr int kErrorsBeforeList = 2;
constexpr int kMinWatchSeconds = 300;

Duration scaled(Duration base, double factor) {
  return std::chrono::duration_cast<Duration>(base * factor);
}

} // namespace

ReflectorFsm::Step ReflectorFsm::next(TimePoint now) {
  Step step;
  step.not_before = std::max(not_before_, now);
  if (watching_) {
    step.action = Action::kWatch;
    step.version = version_;
  } else {
    const bool plain = plain_once_ || now < unsupported_until_;
    step.action = plain ? Action::kList : Action::kStreamList;
    step.version = unavailable_ ? std::string() : version_;
    step.force = force_;
    // The first plain list may come from any cached state; a quorum read follows.
    if (plain && step.version.empty() && !unavailable_) {
      step.version = "0";
      step.probe_paging = true;
    }
    step.paged = plain && paged_;
  }
  plain_once_ = false;
  step.timeout =
      std::chrono::seconds(kMinWatchSeconds + static_cast<int>(random_() * kMinWatchSeconds));
  current_ = step;
  streaming_ = step.action == Action::kWatch;
  opened_at_ = now;
  events_ = 0;
  return step;
}

void ReflectorFsm::opened(TimePoint now) {
  opened_at_ = now;
  if (!healthy_since_) healthy_since_ = now;
}

void ReflectorFsm::event(std::string_view version, TimePoint) {
  ++events_;
  short_watches_ = 0;
  idle_before_ = false;
  // The objects of a streaming list come in no order; their bookmark names the version.
  if (!streaming_ || version.empty()) return;
  errors_in_row_ = 0;
  too_large_since_.reset();
  const std::uint64_t number = version_number(version);
  if (number == 0 || number > version_number(version_)) version_ = version;
}

bool ReflectorFsm::bookmark(std::string_view version) {
  ++events_;
  short_watches_ = 0;
  idle_before_ = false;
  if (!streaming_) return true;
  const std::uint64_t number = version_number(version);
  if (number != 0 && number < version_number(version_)) return false;
  version_ = version;
  too_large_since_.reset();
  return true;
}

bool ReflectorFsm::listed(std::string_view version) {
  const std::uint64_t number = version_number(version);
  if (!current_.force && number != 0 && number < version_number(version_)) return false;
  version_ = version;
  idle_before_ = false;
  consistent_ = current_.version.empty();
  watching_ = true;
  streaming_ = true;
  unavailable_ = false;
  force_ = false;
  errors_in_row_ = 0;
  too_large_since_.reset();
  return true;
}

void ReflectorFsm::ended(const Report& report, TimePoint now) {
  not_before_ = now;
  switch (report.end) {
    case End::kListed:
      return;
    case End::kThrottled:
      unhealthy(now);
      if (report.retry_after) {
        // Those who were told the same second must not come back in the same moment.
        const Duration asked =
            std::clamp<Duration>(*report.retry_after, kLeastThrottle, kMostThrottle);
        not_before_ = now + scaled(asked, 1.0 + random_() / 2);
      } else {
        wait_backoff(now);
      }
      return;
    case End::kBackwards:
      went_back_ = true;
      watching_ = false;
      unavailable_ = true;
      force_ = true;
      wait_quick(now);
      return;
    case End::kUndecodable:
      watching_ = false;
      wait_quick(now);
      return;
    case End::kUnreachable:
    case End::kRefused:
      wait_backoff(now);
      return;
    default:
      break;
  }
  if (streaming_) {
    end_of_watch(report, now);
  } else {
    end_of_list(report, now);
  }
}

void ReflectorFsm::end_of_list(const Report& report, TimePoint now) {
  switch (report.end) {
    case End::kUnsupported:
      unsupported_until_ = now + kUnsupported;
      return;
    case End::kIdle:
      // A server that knows nothing of streaming lists just watches; its bookmark never comes.
      if (current_.action == Action::kStreamList) {
        unsupported_until_ = now + kUnsupported;
      } else {
        wait_backoff(now);
      }
      return;
    case End::kVersionTooLarge:
      too_large(now);
      [[fallthrough]];
    case End::kExpired: {
      const bool had_version = !std::exchange(unavailable_, true);
      if (!had_version) wait_backoff(now);
      return;
    }
    case End::kServerError:
      if (current_.action == Action::kStreamList) {
        plain_once_ = true;
        return;
      }
      wait_backoff(now);
      return;
    default:
      wait_quick(now);
  }
}

void ReflectorFsm::end_of_watch(const Report& report, TimePoint now) {
  switch (report.end) {
    case End::kExpired:
      watching_ = false;
      wait_quick(now);
      return;
    case End::kVersionTooLarge:
      too_large(now);
      watching_ = false;
      unavailable_ = true;
      wait_quick(now);
      return;
    case End::kIdle:
      // A server whose state went back stays silent on a watch from a version it has yet to reach:
      // the list tells.
      if (std::exchange(idle_before_, true)) watching_ = false;
      return;
    case End::kClosed:
      if (events_ > 0 || now - opened_at_ >= kShortWatch) return;
      if (++short_watches_ >= kShortWatchesBeforeList) {
        short_watches_ = 0;
        watching_ = false;
      }
      wait_backoff(now);
      return;
    default:
      if (++errors_in_row_ >= kErrorsBeforeList) {
        errors_in_row_ = 0;
        watching_ = false;
      }
      wait_backoff(now);
  }
}

void ReflectorFsm::too_large(TimePoint now) {
  if (!too_large_since_) too_large_since_ = now;
  if (now - *too_large_since_ > kTooLargeTolerated) {
    went_back_ = true;
    force_ = true;
  }
}

void ReflectorFsm::unhealthy(TimePoint now) {
  if (healthy_since_ && now - *healthy_since_ >= kHealthy) backoff_step_ = 0;
  healthy_since_.reset();
}

void ReflectorFsm::wait_backoff(TimePoint now) {
  unhealthy(now);
  const Duration base = std::min(kLongestWait, kFirstWait * (1 << std::min(backoff_step_, 6)));
  ++backoff_step_;
  not_before_ = now + base + scaled(base, random_());
}

void ReflectorFsm::wait_quick(TimePoint now) {
  if (quick_at_ && now - *quick_at_ < kHealthy) {
    wait_backoff(now);
    return;
  }
  quick_at_ = now;
  not_before_ = now + scaled(kQuickJitter, random_());
}

const char* restart_reason(ReflectorFsm::End end) {
  switch (end) {
    case ReflectorFsm::End::kListed:
    case ReflectorFsm::End::kClosed:
      return "closed";
    case ReflectorFsm::End::kIdle:
      return "idle";
    case ReflectorFsm::End::kExpired:
    case ReflectorFsm::End::kVersionTooLarge:
      return "expired";
    case ReflectorFsm::End::kThrottled:
      return "throttled";
    case ReflectorFsm::End::kUndecodable:
      return "undecodable";
    case ReflectorFsm::End::kBackwards:
      return "backwards";
    default:
      return "error";
  }
}

} // namespace syncer
