#pragma once

#include <map>
#include <string>
#include <vector>

#include "cns/vcenter_inventory.h"

namespace syncer {

// The inventory asked once for many disks: thousands of paths name a handful of datastores and
// policies. What was found is believed for a minute, that a datastore is missing for seconds;
// errors are not kept.
class InTreeLookups {
 public:
  InTreeLookups(VcenterInventory& inventory, Clock& clock) : inventory_(inventory), clock_(clock) {}

  asio::awaitable<Outcome<std::vector<DatastorePlace>>> datastores(std::string name);
  asio::awaitable<Outcome<std::string>> policy_id(std::string name);
  // vCenter refused what followed from these: they may have changed.
  void distrust(const std::string& datastore, const std::string& policy) {
    datastores_.erase(datastore);
    policies_.erase(policy);
  }

 private:
  template <class T>
  struct Known {
    T value;
    Clock::time_point until;
  };
  template <class T>
  using Memory = std::map<std::string, Known<T>>;

  VcenterInventory& inventory_;
  Clock& clock_;
  Memory<std::vector<DatastorePlace>> datastores_;
  Memory<std::string> policies_;
};

} // namespace syncer
