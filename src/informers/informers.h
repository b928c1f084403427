// informers: the Kubernetes side. Bytes of list and watch -> the objects we need -> one view by
// volume, kept true by one reflector per resource.
#pragma once

#include <spdlog/logger.h>

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "core/clock.h"
#include "core/conditions.h"
#include "core/events.h"
#include "core/observer.h"
#include "core/random.h"
#include "informers/cluster_view.h"
#include "informers/named_volumes.h"
#include "informers/quorum_reads.h"
#include "informers/resource.h"
#include "informers/view_callbacks.h"
#include "kube/kube_client.h"

namespace syncer {

class ClusterCache;
class QuorumReader;
class Reflector;

// Everything of this room in one object.
class Informers {
 public:
  struct Deps {
    asio::any_io_executor executor;
    KubeClient& client;
    Clock& clock;
    Observer& observer;
    spdlog::logger& log;
    Random random;
    EventSink* events = nullptr; // told of objects that cannot be read
  };
  // One row for /statusz.
  struct ResourceStatus {
    Resource resource;
    bool synced = false;
    std::size_t objects = 0;
    std::optional<Clock::duration> silence; // since the server last sent anything; none: never
  };

  Informers(Deps deps, ViewCallbacks callbacks);
  ~Informers();

  // Follows the API server until cancelled.
  asio::awaitable<void> run();

  const ClusterView& view() const;
  // See ClusterCache: pods that named this in-tree path were seen to go.
  bool inline_removal_observed(const InternedString& path) const;
  // See ClusterCache.
  NamedVolumes named(std::string_view name) const;
  QuorumReads& quorum_reads();
  std::vector<ResourceStatus> status() const;
  // What has kept us longest from hearing of the API server.
  std::optional<Trouble> trouble() const;
  // Objects whose newest version cannot be read: how many, and one of them. Empty: none.
  std::string undecodable() const;
  // The server's state went back in time, or is that of another cluster; nothing is taken away
  // until `confirm_view`.
  bool view_went_back() const;
  void confirm_view();

 private:
  Deps deps_;
  std::unique_ptr<ClusterCache> cache_;
  std::unique_ptr<QuorumReader> quorum_reader_;
  std::vector<std::unique_ptr<Reflector>> reflectors_;
};

} // namespace syncer
