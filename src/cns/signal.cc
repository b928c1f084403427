#include "cns/signal.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace syncer {

namespace {
using Channel = asio::experimental::channel<void(boost::system::error_code)>;
} // namespace

struct OneShot::Impl {
  explicit Impl(const asio::any_io_executor& executor) : channel(executor, 0) {}
  Channel channel;
};

OneShot::OneShot(const asio::any_io_executor& executor) : impl_(std::make_shared<Impl>(executor)) {}
OneShot::~OneShot() = default;

void OneShot::fire() {
  if (fired_) return;
  fired_ = true;
  impl_->channel.close();
}

asio::awaitable<void> OneShot::wait() {
  if (fired_) co_return;
  const std::shared_ptr<Impl> kept = impl_; // Whoever fires may drop this object at once.
  co_await kept->channel.async_receive(asio::as_tuple(asio::use_awaitable));
}

struct WakeUp::Impl {
  explicit Impl(const asio::any_io_executor& executor) : channel(executor, 1) {}
  Channel channel;
};

WakeUp::WakeUp(const asio::any_io_executor& executor) : impl_(std::make_shared<Impl>(executor)) {}
WakeUp::~WakeUp() = default;

void WakeUp::notify() { impl_->channel.try_send(boost::system::error_code()); }

asio::awaitable<void> WakeUp::wait() {
  const std::shared_ptr<Impl> kept = impl_;
  co_await kept->channel.async_receive(asio::as_tuple(asio::use_awaitable));
}

} // namespace syncer
