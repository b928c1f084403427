// What the user of vCenter must be allowed to do, and how to ask whether he is. Pure.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "cns/soap.h"
#include "core/secret.h"

namespace syncer {

// As deploy/vcenter-role.sh grants them. Those for file volumes, on clusters with vSAN file
// service, are not asked for: most clusters have none.
inline constexpr std::array<const char*, 3> kRootPrivileges{"System.Read", "Cns.Searchable",
                                                            "StorageProfile.View"};
inline constexpr std::array<const char*, 1> kDatastorePrivileges{"Datastore.FileManagement"};

// HasPrivilegeOnEntities of the session with that key.
std::string has_privilege_request(const ManagedRef& authorization_manager,
                                  const std::vector<ManagedRef>& entities, const Secret& session,
                                  const std::vector<std::string>& privileges);
// What is said not to be granted, by entity id. What the answer leaves out is unknown, not missing.
std::map<std::string, std::vector<std::string>> read_missing_privileges(const SoapAnswer& answer);

struct MissingPrivilege {
  std::string privilege;
  std::string object; // for people
  bool operator==(const MissingPrivilege&) const = default;
};
// "Cns.Searchable on the root folder; ..."
std::string describe(const std::vector<MissingPrivilege>& missing);
// "datastores a, b and 7 more"
std::string name_datastores(const std::vector<std::string>& names);

} // namespace syncer
