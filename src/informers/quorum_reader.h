#pragma once

#include "core/clock.h"
#include "informers/quorum_reads.h"
#include "kube/kube_client.h"

namespace syncer {

// Asks without a resourceVersion, which the API server answers from its quorum.
class QuorumReader final : public QuorumReads {
 public:
  QuorumReader(KubeClient& client, Clock& clock) : client_(client), clock_(clock) {}

  // False only on a 404 by which the API server itself says that this object is not found; that of
  // a proxy in between is an error. Errors name the PV.
  asio::awaitable<Outcome<bool>> volume_exists(std::string name) override;
  // Sorted, each once. Any attachment that cannot be read makes the whole an error.
  asio::awaitable<Outcome<std::vector<std::string>>> attached_volumes() override;

 private:
  struct Page {
    std::vector<std::string> volumes;
    std::string continue_token;
  };
  asio::awaitable<Outcome<Page>> read_page(std::string continue_token);

  KubeClient& client_;
  Clock& clock_;
};

} // namespace syncer
