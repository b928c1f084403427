// PORT of cns: what in-tree registration asks of a vCenter beside CNS itself.
#pragma once

#include <string>
#include <vector>

#include "core/clock.h"
#include "core/outcome.h"

namespace syncer {

// A datastore, wherever it hangs: below folders or datastore clusters too.
struct DatastorePlace {
  std::string name;            // unescaped, as people write it
  std::string datacenter_path; // inventory path of its datacenter as stored: "/F0/DC1"
  std::string datacenter_name; // unescaped
};

class VcenterInventory {
 public:
  virtual ~VcenterInventory() = default;
  // The configured host, as it stands in URLs.
  virtual const std::string& host() const = 0;
  // Every datastore of that name (exact, unescaped). Empty when there is none: read twice before
  // that is said, because one that is being moved can be missed by a single read.
  virtual asio::awaitable<Outcome<std::vector<DatastorePlace>>> datastores(std::string name) = 0;
  // The id of the storage policy of that name (exact). kNotFound when there is none.
  virtual asio::awaitable<Outcome<std::string>> policy_id(std::string name) = 0;
  // Of the last login: a registered disk is kept when its VM is deleted (vCenter 8.0.3 and newer).
  virtual bool protects_from_vm_delete() const = 0;
  // backingDiskUrlPath is known to this server (7.0U1 and newer).
  virtual bool registers_by_url() const = 0;
};

} // namespace syncer
