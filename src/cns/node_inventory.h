// PORT of cns: the nodes of the cluster as one vCenter sees them.
#pragma once

#include <string>
#include <vector>

#include "core/clock.h"
#include "core/outcome.h"

namespace syncer {

// Both by the names that people gave them.
struct AttachedTag {
  std::string category;
  std::string name;
};
using ObjectTags = std::vector<AttachedTag>; // of one object, in the server's order

class NodeInventory {
 public:
  virtual ~NodeInventory() = default;
  // True if this vCenter has a VM of that BIOS or instance UUID that we may see, in any datacenter.
  // Case and blanks around the UUID do not matter.
  virtual asio::awaitable<Outcome<bool>> has_vm(std::string uuid) = 0;
  // The tags of the VM's host and of everything above it, from the host up to the root folder.
  // kNotFound: no such VM.
  virtual asio::awaitable<Outcome<std::vector<ObjectTags>>> tags_above_vm(std::string uuid) = 0;
};

} // namespace syncer
