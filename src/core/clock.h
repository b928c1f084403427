#pragma once

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <chrono>

namespace syncer {

namespace asio = boost::asio;

// Time as every room sees it. `now` never goes back; `wall_now` is only for people and for fields
// that another program reads (timestamps, jitter never).
class Clock {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  virtual ~Clock() = default;
  virtual time_point now() const = 0;
  virtual std::chrono::system_clock::time_point wall_now() const = 0;
  // Returns at `when` or as soon as the calling coroutine is cancelled, whichever is first; never
  // throws for a cancellation.
  virtual asio::awaitable<void> sleep_until(time_point when) = 0;

  // A reading of the clocks that go on while the machine is suspended, which `now` does not.
  struct Moment {
    duration since_boot{0};
    duration wall{0};
  };
  virtual Moment moment() const {
    return {now().time_since_epoch(),
            std::chrono::duration_cast<duration>(wall_now().time_since_epoch())};
  }
};

// At least the time that went by: the larger advance of the two clocks. A wall clock that is set
// back does not shorten it.
inline Clock::duration passed(const Clock::Moment& from, const Clock::Moment& to) {
  return std::max(to.since_boot - from.since_boot, to.wall - from.wall);
}

} // namespace syncer
