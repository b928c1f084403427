#pragma once

#include <algorithm>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <string>

#include "net/connection.h"

namespace syncer {

// A connection with the buffers that go with it, to be reused from request to request.
struct Channel {
  std::shared_ptr<Connection> connection;
  boost::beast::flat_buffer received;
  std::string sent;
  Clock::time_point last_used;
};

// The kept-alive connections of one origin, oldest first. The one used last is taken first: it is
// the least likely to have been closed by the peer.
class ChannelPool {
 public:
  ChannelPool(std::size_t max_idle, Clock::duration idle_timeout)
      : max_idle_(max_idle), idle_timeout_(idle_timeout) {}

  // Null when there is none that can be used.
  std::unique_ptr<Channel> take(Clock::time_point now) {
    // The oldest are looked at too, or those the peer has closed would stay for as long as one
    // connection is enough for all requests.
    while (!idle_.empty() && !usable(*idle_.front(), now)) idle_.pop_front();
    while (!idle_.empty()) {
      std::unique_ptr<Channel> channel = std::move(idle_.back());
      idle_.pop_back();
      if (usable(*channel, now)) return channel;
    }
    return nullptr;
  }

  void give_back(std::unique_ptr<Channel> channel, Clock::time_point now) {
    // Bytes nobody asked for would be taken for the next answer.
    if (channel->received.size() > 0 || channel->connection->closed()) return;
    constexpr std::size_t kKeptBytes = 64 * 1024;
    if (channel->received.capacity() > kKeptBytes) channel->received.shrink_to_fit();
    if (channel->sent.capacity() > kKeptBytes) channel->sent = std::string();
    channel->last_used = now;
    idle_.push_back(std::move(channel));
    if (idle_.size() > max_idle_) idle_.pop_front();
  }

 private:
  bool usable(const Channel& channel, Clock::time_point now) const {
    return now - channel.last_used <= idle_timeout_ && channel.connection->idle();
  }

  std::size_t max_idle_;
  Clock::duration idle_timeout_;
  std::deque<std::unique_ptr<Channel>> idle_;
};

} // namespace syncer
