#pragma once

#include <spdlog/logger.h>

#include <functional>
#include <optional>
#include <string>

#include "core/random.h"
#include "kube/kube_client.h"

namespace syncer {

// What the API server knows about the identity of the cluster.
struct ClusterFacts {
  std::string map_name;              // "namespace/vsphere-csi-cluster-id"
  std::optional<std::string> map_id; // its clusterID, empty when it has none; nothing: no such map
  std::string git_version;
};

// Reads them, for as long as it takes.
class ClusterFactsReader {
 public:
  struct Deps {
    KubeClient& client;
    Clock& clock;
    spdlog::logger& log;
    Random random;
  };
  // Whether the facts can be used; an error is logged when it changes, and the facts are read again
  // later.
  using Accept = std::function<Outcome<>(const ClusterFacts&)>;

  ClusterFactsReader(Deps deps, std::string name_space);

  // Once. A place that we are not allowed to read counts as empty, with a line in the log; any
  // other failure is the result.
  asio::awaitable<Outcome<ClusterFacts>> read();
  // Until `accept` is content or the coroutine is cancelled.
  asio::awaitable<void> run(Accept accept);

 private:
  asio::awaitable<Outcome<std::optional<std::string>>> read_map();
  asio::awaitable<Outcome<std::string>> read_version();

  Deps deps_;
  std::string namespace_;
  std::string last_problem_;
};

} // namespace syncer
