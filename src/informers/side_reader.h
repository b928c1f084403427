#pragma once

#include <spdlog/logger.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "core/clock.h"
#include "informers/cluster_cache.h"
#include "informers/resource.h"
#include "kube/kube_client.h"

namespace syncer {

// The small reads of one resource that must not hold up its watch: the quorum read, and single
// objects whose event could not be decoded.
class SideReader {
 public:
  SideReader(asio::any_io_executor executor, KubeClient& client, Clock& clock, spdlog::logger& log,
             ClusterCache& cache, Resource resource)
      : client_(client),
        clock_(clock),
        log_(log),
        cache_(cache),
        resource_(resource),
        wake_(executor, 1) {}

  // What the whole cluster has reached, by a consistent read; repeated until it succeeds.
  void want_quorum();
  // Reads a marked object by name, as JSON, and puts it into the cache if it is sound. At most
  // 1,000 wait; what is beyond stays marked until its next event.
  void want_object(std::string ns, std::string name);

  // The resourceVersion of the last quorum read that was asked for, once it is there.
  std::optional<std::uint64_t> quorum() const { return quorum_; }

  // Until cancelled. `on_quorum` is called after each quorum read.
  asio::awaitable<void> run(std::function<void()> on_quorum);

 private:
  struct Name {
    std::string ns;
    std::string name;
  };
  void wake();
  asio::awaitable<bool> read_quorum();
  asio::awaitable<bool> read_object(Name name);

  KubeClient& client_;
  Clock& clock_;
  spdlog::logger& log_;
  ClusterCache& cache_;
  Resource resource_;
  asio::experimental::channel<void(boost::system::error_code)> wake_;
  bool quorum_wanted_ = false;
  std::optional<std::uint64_t> quorum_;
  std::deque<Name> names_;
};

} // namespace syncer
