#include "reconcile/router_reader.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace syncer {

namespace {

// CnsQueryAsync takes no more ids in one filter.
constexpr std::size_t kMaxReadBatch = 1000;

} // namespace

RouterReader::RouterReader(asio::any_io_executor executor, CnsApi& cns, Answered answered,
                           std::function<void()> idle)
    : executor_(std::move(executor)),
      cns_(cns),
      answered_(std::move(answered)),
      idle_(std::move(idle)) {}

void RouterReader::ask(const VolumeId& id) {
  if (closed_) return;
  waiting_.insert(id);
  if (!busy_) start();
}

void RouterReader::start() {
  busy_ = true;
  asio::co_spawn(executor_, read_all(), [this](const std::exception_ptr& failure) {
    busy_ = false;
    if (failure) std::rethrow_exception(failure);
    // Something may have been asked for after the last read.
    if (!waiting_.empty()) {
      start();
    } else {
      idle_();
    }
  });
}

void RouterReader::close() {
  closed_ = true;
  waiting_.clear();
}

asio::awaitable<void> RouterReader::read_all() {
  // What is asked for in one go shares one read.
  co_await asio::post(executor_, asio::use_awaitable);
  while (!waiting_.empty()) {
    std::vector<VolumeId> ids;
    while (!waiting_.empty() && ids.size() < kMaxReadBatch) {
      ids.push_back(std::move(waiting_.extract(waiting_.begin()).value()));
    }
    const Found found = co_await cns_.query_volumes(ids);
    if (!closed_) answered_(ids, found);
  }
}

} // namespace syncer
