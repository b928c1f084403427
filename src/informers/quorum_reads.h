// PORT of informers: questions to the API server itself, for decisions that no cache may make.
#pragma once

#include <string>
#include <vector>

#include "core/clock.h"
#include "core/outcome.h"

namespace syncer {

class QuorumReads {
 public:
  virtual ~QuorumReads() = default;
  // A PV of that name exists, by a quorum GET.
  virtual asio::awaitable<Outcome<bool>> volume_exists(std::string name) = 0;
  // Names of the PVs that some VolumeAttachment names; one LIST.
  virtual asio::awaitable<Outcome<std::vector<std::string>>> attached_volumes() = 0;
};

} // namespace syncer
