// PORT of operators: where the nodes with a topology label are.
#pragma once

#include <string>
#include <vector>

#include "core/interned.h"

namespace syncer {

class Topology {
 public:
  virtual ~Topology() = default;
  virtual bool synced() const = 0;
  // Hosts, as configured, of the vCenters with at least one node that carries this key and value;
  // sorted, each once.
  virtual std::vector<std::string> vcenters(const InternedString& key,
                                            const InternedString& value) const = 0;
};

} // namespace syncer
