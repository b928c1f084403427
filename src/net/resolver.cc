#include "net/resolver.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>

namespace syncer {

namespace {
// With an address at hand a slow DNS is not worth waiting for.
constexpr std::chrono::seconds kPatienceWithKnownAddress{2};

Outcome<Endpoints> look_up_by_system(const std::string& host, std::uint16_t port) {
  asio::io_context io;
  asio::ip::tcp::resolver resolver(io);
  boost::system::error_code error;
  const auto found = resolver.resolve(host, std::to_string(port), error);
  if (error) {
    Error failure;
    failure.detail = error.message();
    return failure;
  }
  Endpoints endpoints;
  for (const auto& entry : found) endpoints.push_back(entry.endpoint());
  return endpoints;
}
} // namespace

LookUp system_look_up() { return look_up_by_system; }

struct Resolver::Pending {
  explicit Pending(const asio::any_io_executor& executor)
      : executor(executor), started(Clock::time_point::clock::now()) {}
  asio::any_io_executor executor;
  Clock::time_point started;
  std::optional<Outcome<Endpoints>> answer;
  std::vector<asio::steady_timer*> waiting;
};

Resolver::Resolver(asio::any_io_executor executor, std::string host, std::uint16_t port,
                   LookUp look_up)
    : executor_(std::move(executor)),
      host_(std::move(host)),
      port_(port),
      look_up_(std::move(look_up)) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host_, error);
  if (error) return;
  numeric_ = true;
  last_good_.emplace_back(address, port_);
}

Resolver::~Resolver() = default;

asio::awaitable<Outcome<Endpoints>> Resolver::resolve(Clock::time_point deadline) {
  if (numeric_) co_return last_good_;
  if (!pending_ || pending_->answer) start();
  const std::shared_ptr<Pending> pending = pending_;
  if (!last_good_.empty()) {
    deadline = std::min(deadline, pending->started + kPatienceWithKnownAddress);
  }
  asio::steady_timer wake(executor_, deadline);
  pending->waiting.push_back(&wake);
  co_await wake.async_wait(asio::as_tuple(asio::use_awaitable));
  std::erase(pending->waiting, &wake);

  Error failure;
  failure.unsent = true;
  if (pending->answer && *pending->answer && !(*pending->answer)->empty()) {
    last_good_ = **pending->answer;
  } else if (pending->answer && !*pending->answer) {
    failure.detail = "resolve " + host_ + ": " + pending->answer->error().detail;
  } else {
    failure.detail = "resolve " + host_ + ": no answer in time";
  }
  if (last_good_.empty()) co_return failure;
  co_return last_good_;
}

void Resolver::start() {
  if (!thread_) thread_ = std::make_unique<asio::thread_pool>(1);
  pending_ = std::make_shared<Pending>(executor_);
  // Only this task runs on the other thread. It touches nothing but its own copies; the answer is
  // handed over as a handler on our executor.
  auto task = [look_up = look_up_, host = host_, port = port_, pending = pending_]() mutable {
    Outcome<Endpoints> found = look_up(host, port);
    const asio::any_io_executor executor = pending->executor;
    auto deliver = [pending = std::move(pending), found = std::move(found)]() mutable {
      pending->answer = std::move(found);
      for (asio::steady_timer* wake : pending->waiting) wake->cancel();
    };
    asio::post(executor, std::move(deliver));
  };
  asio::post(*thread_, std::move(task));
}

} // namespace syncer
