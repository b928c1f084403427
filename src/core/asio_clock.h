#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "core/clock.h"

namespace syncer {

// Real time. The only file that may read it (with net/beast_http_client.cc for socket deadlines).
class AsioClock final : public Clock {
 public:
  explicit AsioClock(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  time_point now() const override;
  std::chrono::system_clock::time_point wall_now() const override;
  asio::awaitable<void> sleep_until(time_point when) override;
  Moment moment() const override;

 private:
  asio::any_io_executor executor_;
};

} // namespace syncer
