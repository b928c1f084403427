// PORT of cns: what reconcile may ask of one vCenter.
#pragma once

#include <vector>

#include "core/cns_objects.h"
#include "core/outcome.h"

namespace syncer {

// One vCenter's Cloud Native Storage, for one cluster id. Reads may be repeated freely. Every call
// has a deadline of its own and logs in by itself when needed.
class CnsApi {
 public:
  virtual ~CnsApi() = default;
  // Ids of all volumes that CNS holds for our cluster id (CnsQueryAllVolume, ids only).
  virtual asio::awaitable<Outcome<std::vector<VolumeId>>> query_ids() = 0;
  // The volumes of at most 1,000 ids. An id absent from the answer is not in CNS (order is free).
  virtual asio::awaitable<Outcome<std::vector<CnsVolume>>> query_volumes(
      std::vector<VolumeId> ids) = 0;
  // Sends one update and waits until its task is known to be finished, lost, or older than the
  // late-task window. Idempotent: sending the same update twice leaves the same state.
  virtual asio::awaitable<WriteResult> update(CnsUpdate update) = 0;
  // Registers what exists. Idempotent: the second time it is already registered.
  virtual asio::awaitable<CreateResult> create(CnsCreate create) = 0;
  // Takes the volume out of CNS; its disk or share stays (deleteDisk=false, nothing else exists). A
  // volume that CNS does not have is acknowledged.
  virtual asio::awaitable<WriteResult> unregister(VolumeId id) = 0;
};

} // namespace syncer
