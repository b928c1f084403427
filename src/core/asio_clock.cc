#include "core/asio_clock.h"

#include <time.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace syncer {

Clock::time_point AsioClock::now() const { return std::chrono::steady_clock::now(); }

std::chrono::system_clock::time_point AsioClock::wall_now() const {
  return std::chrono::system_clock::now();
}

asio::awaitable<void> AsioClock::sleep_until(time_point when) {
  asio::steady_timer timer(executor_, when);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

Clock::Moment AsioClock::moment() const {
  timespec boot{};
  clock_gettime(CLOCK_BOOTTIME, &boot);
  const auto since_boot =
      std::chrono::seconds(boot.tv_sec) + std::chrono::nanoseconds(boot.tv_nsec);
  return {since_boot, wall_now().time_since_epoch()};
}

} // namespace syncer
