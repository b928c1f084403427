#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "sim/vcenter_faults.h"

namespace syncer::sim {

// What the user of this vCenter may not do, by privilege and object; everything else he may.
class SimPrivileges {
 public:
  // vCenter has a privilege of that name.
  static bool exists(std::string_view privilege);

  void allow(const std::string& privilege, const ManagedRef& object, bool allowed) {
    if (allowed) {
      denied_.erase({privilege, object.id});
    } else {
      denied_.insert({privilege, object.id});
    }
  }
  bool granted(const std::string& privilege, const ManagedRef& object) const {
    return !denied_.contains({privilege, object.id});
  }

 private:
  std::set<std::pair<std::string, std::string>> denied_;
};

} // namespace syncer::sim
