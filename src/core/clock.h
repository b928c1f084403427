#pragma once

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
};

} // namespace syncer
