#pragma once

#include <utility>

#include "cns/cns_api.h"
#include "cns/cns_queries.h"
#include "cns/cns_writer.h"

namespace syncer {

// A CnsApi for the id of a cluster that is not ours. It reads, and it takes entities of that
// cluster away; whether a volume exists in CNS at all is never decided in another's name.
class OtherClusterCns final : public CnsApi {
 public:
  OtherClusterCns(CnsQueries queries, CnsWriter writer)
      : queries_(std::move(queries)), writer_(std::move(writer)) {}

  asio::awaitable<Outcome<std::vector<VolumeId>>> query_ids() override;
  asio::awaitable<Outcome<std::vector<CnsVolume>>> query_volumes(
      std::vector<VolumeId> ids) override;
  asio::awaitable<WriteResult> update(CnsUpdate update) override;
  asio::awaitable<CreateResult> create(CnsCreate create) override;
  asio::awaitable<WriteResult> unregister(VolumeId id) override;

 private:
  CnsQueries queries_;
  CnsWriter writer_;
};

} // namespace syncer
