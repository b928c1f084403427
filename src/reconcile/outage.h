#pragma once

#include <optional>
#include <string>
#include <utility>

#include "core/backoff.h"
#include "core/conditions.h"

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
  // There is no session to make calls in: nobody is asked, so that it costs nothing to look again
  // soon. True if this is news.
  bool without_session(Clock::time_point now) {
    if (now < until_) return false;
    until_ = now + kSessionPause;
    return !std::exchange(no_session_, true);
  }
  // For people: what every call since then came to.
  void note(Clock::time_point now, const std::string& why) {
    if (!trouble_) trouble_ = Trouble{now, {}};
    trouble_->detail = why;
  }
  const std::optional<Trouble>& trouble() const { return trouble_; }
  // A call was answered, whatever the answer. True if an outage ended with it.
  bool answered() {
    trouble_.reset();
    const bool over = failures_ > 0 || no_session_;
    failures_ = 0;
    no_session_ = false;
    until_ = {};
    return over;
  }

 private:
  static constexpr Backoff kPause{std::chrono::milliseconds(500), std::chrono::seconds(5)};
  static constexpr std::chrono::seconds kSessionPause{1};
  std::uint32_t failures_ = 0;
  bool no_session_ = false;
  Clock::time_point until_{};
  std::optional<Trouble> trouble_;
};

} // namespace syncer
