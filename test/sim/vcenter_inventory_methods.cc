#include "sim/vcenter_state.h"
#include "sim/vcenter_xml.h"

namespace syncer::sim {

Answer VcenterState::create_container_view(Context& context) {
  const pugi::xml_node element = context.call.element;
  const pugi::xml_node node = element.child("container");
  const ManagedRef ref{node.attribute("type").value(), node.child_value()};
  const InventoryNode* container = inventory.find(ref);
  if (!container || !(SimInventory::is_a(ref.type, "Folder") || ref.type == "Datacenter")) {
    return managed_object_not_found(ref);
  }
  const std::string id =
      "session[" + context.session->key + "]container-" + std::to_string(next_id_++);
  container_views_[id] = {context.session->key, container, is_true(element, "recursive"),
                          texts_of(element, "type")};
  std::string out;
  append_moref(out, "returnval", "ContainerView", id);
  return out;
}

// Hosts are not in this inventory: a search for one finds nothing.
Answer VcenterState::find_by_uuid(Context& context) {
  const pugi::xml_node element = context.call.element;
  const InventoryNode* datacenter = nullptr;
  if (const pugi::xml_node node = element.child("datacenter")) {
    const ManagedRef ref{node.attribute("type").value(), node.child_value()};
    datacenter = inventory.find(ref);
    if (!datacenter || ref.type != "Datacenter") return managed_object_not_found(ref);
  }
  if (!is_true(element, "vmSearch")) return std::string();
  const InventoryNode* found =
      inventory.find_vm(datacenter, text_of(element, "uuid"), is_true(element, "instanceUuid"));
  std::string out;
  if (found) append_moref(out, "returnval", found->ref.type, found->ref.id);
  return out;
}

} // namespace syncer::sim
