#pragma once

#include <boost/asio/awaitable.hpp>

namespace syncer {

// The end of `work` by cancellation is its proper end; everything else it throws passes on.
boost::asio::awaitable<void> until_cancelled(boost::asio::awaitable<void> work);

} // namespace syncer
