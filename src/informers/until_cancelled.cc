#include "informers/until_cancelled.h"

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/system/system_error.hpp>
#include <exception>

namespace syncer {

namespace {

void rethrow_unless_aborted(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    if (error.code() != boost::asio::error::operation_aborted) throw;
  }
}

} // namespace

boost::asio::awaitable<void> until_cancelled(boost::asio::awaitable<void> work) {
  std::exception_ptr failure;
  try {
    co_await std::move(work);
  } catch (const boost::asio::multiple_exceptions& several) {
    failure = several.first_exception();
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) rethrow_unless_aborted(failure);
}

} // namespace syncer
