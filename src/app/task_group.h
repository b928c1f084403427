#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>

#include "core/clock.h"

namespace syncer {

// Coroutines that live and end together. Must outlive them.
class TaskGroup {
 public:
  explicit TaskGroup(asio::any_io_executor executor) : executor_(executor), ended_(executor, 1) {}
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // An exception other than that of a cancelled operation ends the process.
  void spawn(asio::awaitable<void> task) {
    const auto place = signals_.emplace(signals_.end());
    auto done = [this, place](const std::exception_ptr& failure) {
      // Not here: the signal may be the one that is being emitted.
      asio::post(executor_, [this, place] {
        signals_.erase(place);
        ended_.try_send(boost::system::error_code());
      });
      if (failure) rethrow_unless_cancelled(failure);
    };
    asio::co_spawn(executor_, std::move(task),
                   asio::bind_cancellation_slot(place->slot(), std::move(done)));
  }
  void cancel() {
    for (asio::cancellation_signal& signal : signals_) {
      signal.emit(asio::cancellation_type::terminal);
    }
  }
  // False if some still run at `deadline`.
  asio::awaitable<bool> join(Clock& clock, Clock::time_point deadline) {
    using namespace asio::experimental::awaitable_operators;
    while (!signals_.empty() && clock.now() < deadline) {
      auto one_ended = ended_.async_receive(asio::as_tuple(asio::use_awaitable));
      auto too_late = clock.sleep_until(deadline);
      co_await (std::move(one_ended) || std::move(too_late));
    }
    const bool all_ended = signals_.empty();
    co_return all_ended;
  }

 private:
  static void rethrow_unless_cancelled(const std::exception_ptr& failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const boost::system::system_error& error) {
      if (error.code() != asio::error::operation_aborted) throw;
    } catch (const asio::multiple_exceptions& several) {
      // Of coroutines that ran side by side.
      rethrow_unless_cancelled(several.first_exception());
    }
  }

  asio::any_io_executor executor_;
  std::list<asio::cancellation_signal> signals_;
  asio::experimental::channel<void(boost::system::error_code)> ended_;
};

} // namespace syncer
