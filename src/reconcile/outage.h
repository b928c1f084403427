#pragma once

#include "core/backoff.h"

namespace syncer {

// A vCenter that cannot be reached fails every volume alike: all wait together, and a few of them
// try again after a growing pause, instead of each volume running into the same wall by itself.
class Outage {
 public:
  // Nothing should be started before this moment.
  Clock::time_point until() const { return until_; }

  // A call could not be delivered. True if this is news: the first failure, or one after a pause.
  // What fails within the pause was already under way and counts once.
  bool failed(Clock::time_point now, double jitter) {
    if (now < until_) return false;
    ++failures_;
    until_ = now + kPause.after(failures_, jitter);
    return true;
  }
  // A call was answered, whatever the answer. True if an outage ended with it.
  bool answered() {
    const bool over = failures_ > 0;
    failures_ = 0;
    until_ = {};
    return over;
  }

 private:
  static constexpr Backoff kPause{std::chrono::milliseconds(500), std::chrono::seconds(5)};
  std::uint32_t failures_ = 0;
  Clock::time_point until_{};
};

} // namespace syncer
