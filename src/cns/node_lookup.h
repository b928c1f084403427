// PORT of cns: which vCenter holds a node.
#pragma once

#include <string>

#include "core/outcome.h"

namespace syncer {

class NodeLookup {
 public:
  virtual ~NodeLookup() = default;
  // True if this vCenter has a VM of that BIOS UUID that we may see, in any datacenter. Case and
  // blanks around the UUID do not matter.
  virtual asio::awaitable<Outcome<bool>> has_vm(std::string bios_uuid) = 0;
};

} // namespace syncer
