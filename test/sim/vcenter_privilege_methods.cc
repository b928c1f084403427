#include <algorithm>
#include <array>

#include "sim/vcenter_state.h"
#include "sim/vcenter_xml.h"

namespace syncer::sim {

namespace {

constexpr std::array<std::string_view, 12> kPrivileges{"System.Anonymous",
                                                       "System.View",
                                                       "System.Read",
                                                       "Cns.Searchable",
                                                       "StorageProfile.View",
                                                       "Datastore.Browse",
                                                       "Datastore.FileManagement",
                                                       "Host.Config.Storage",
                                                       "Sessions.ValidateSession",
                                                       "Sessions.TerminateSession",
                                                       "VirtualMachine.Config.AddExistingDisk",
                                                       "VirtualMachine.Config.AddRemoveDevice"};

} // namespace

bool SimPrivileges::exists(std::string_view privilege) {
  return std::find(kPrivileges.begin(), kPrivileges.end(), privilege) != kPrivileges.end();
}

SimFault no_permission(const ManagedRef& object, const std::string& privilege) {
  SimFault fault = not_authenticated(object, privilege);
  fault.type = "NoPermission";
  fault.message = "Permission to perform this operation was denied.";
  return fault;
}

// Whatever CNS does needs the one privilege on the root folder.
std::optional<SimFault> VcenterState::check_permission(const Context& context) const {
  const std::string searchable = "Cns.Searchable";
  const ManagedRef& root = inventory.root().ref;
  const bool cns = context.call.method->managed_type == "CnsVolumeManager";
  if (!cns || privileges.granted(searchable, root)) return std::nullopt;
  return no_permission(root, searchable);
}

Answer VcenterState::has_privilege_on_entities(Context& context) {
  const pugi::xml_node element = context.call.element;
  if (text_of(element, "sessionId") != context.session->key) {
    record.violation("HasPrivilegeOnEntities for a session that is not the caller's");
    return invalid_argument("sessionId", "The session is not known.");
  }
  const std::vector<std::string> asked = texts_of(element, "privId");
  for (const std::string& privilege : asked) {
    if (SimPrivileges::exists(privilege)) continue;
    record.violation("HasPrivilegeOnEntities: there is no privilege " + privilege);
    return invalid_argument("privId", "There is no such privilege.");
  }
  std::string out;
  for (const pugi::xml_node node : element.children("entity")) {
    const ManagedRef entity{node.attribute("type").value(), node.child_value()};
    if (inventory.find(entity) == nullptr) return managed_object_not_found(entity);
    if (!privileges.granted("System.Read", entity)) return no_permission(entity, "System.Read");
    out += "<returnval>";
    append_moref(out, "entity", entity.type, entity.id);
    for (const std::string& privilege : asked) {
      out += "<privAvailability>";
      append_element(out, "privId", privilege);
      out += privileges.granted(privilege, entity) ? "<isGranted>true</isGranted>"
                                                   : "<isGranted>false</isGranted>";
      out += "</privAvailability>";
    }
    out += "</returnval>";
  }
  return out;
}

} // namespace syncer::sim
