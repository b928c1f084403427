// What coroutines of this room wait for besides time and bytes. Single thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "core/clock.h"

namespace syncer {

// Happens once; everyone who waits, and everyone who comes later, goes on.
class OneShot {
 public:
  explicit OneShot(const asio::any_io_executor& executor);
  ~OneShot();
  void fire();
  bool fired() const { return fired_; }
  // Returns when it has happened or the waiting coroutine is cancelled.
  asio::awaitable<void> wait();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
  bool fired_ = false;
};

// A wake-up call for one loop; calls made while the loop runs count as one.
class WakeUp {
 public:
  explicit WakeUp(const asio::any_io_executor& executor);
  ~WakeUp();
  void notify();
  asio::awaitable<void> wait();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

} // namespace syncer
