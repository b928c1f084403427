#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>

namespace syncer {

namespace asio = boost::asio;

// Work that is to be done only while a feature is on.
class FeatureGate {
 public:
  explicit FeatureGate(const asio::any_io_executor& executor) : changed_(executor, 1) {}

  void set(bool on) {
    on_ = on;
    changed_.try_send(boost::system::error_code());
  }
  bool on() const { return on_; }

  // Does what `work` gives while the feature is on, anew each time it is switched on. When it is
  // switched off the work is cancelled, and has ended before anything new begins. Until cancelled;
  // `work` itself must not end before. At most one run at a time.
  asio::awaitable<void> run(std::function<asio::awaitable<void>()> work) {
    using namespace asio::experimental::awaitable_operators;
    for (;;) {
      co_await until(true);
      auto done = work();
      auto off = until(false);
      co_await (std::move(done) || std::move(off));
    }
  }

 private:
  asio::awaitable<void> until(bool on) {
    while (on_ != on) {
      co_await changed_.async_receive(asio::as_tuple(asio::use_awaitable));
    }
  }

  bool on_ = false;
  asio::experimental::channel<void(boost::system::error_code)> changed_;
};

} // namespace syncer
