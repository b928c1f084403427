#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/outcome.h"

namespace boost::asio {
class thread_pool;
}

namespace syncer {

using Endpoints = std::vector<asio::ip::tcp::endpoint>;
// Blocks until the name is resolved; runs on the resolver's own thread.
using LookUp = std::function<Outcome<Endpoints>(const std::string& host, std::uint16_t port)>;

LookUp system_look_up();

// The addresses of one host. Numeric ones cost nothing. A name is looked up by one thread of its
// own, so that a dead DNS stalls nobody else; the last good addresses serve while it is dead.
// The destructor waits for a look-up that is under way.
class Resolver {
 public:
  Resolver(asio::any_io_executor executor, std::string host, std::uint16_t port, LookUp look_up);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // kTransient: no address by `deadline`, and none from before.
  asio::awaitable<Outcome<Endpoints>> resolve(Clock::time_point deadline);

 private:
  struct Pending;
  void start();

  asio::any_io_executor executor_;
  std::string host_;
  std::uint16_t port_;
  LookUp look_up_;
  bool numeric_ = false;
  Endpoints last_good_;
  std::shared_ptr<Pending> pending_; // shared with the coroutines that wait for it
  std::unique_ptr<asio::thread_pool> thread_;
};

} // namespace syncer
