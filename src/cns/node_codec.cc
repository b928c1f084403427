#include "cns/node_codec.h"

#include <algorithm>

#include "cns/property_spec.h"
#include "cns/vim_codec.h"

namespace syncer {

namespace {

constexpr std::string_view kUpwards = "p";

const InventoryObject* object_of(const std::vector<InventoryObject>& objects, std::string_view id) {
  const auto found = std::find_if(objects.begin(), objects.end(),
                                  [&](const InventoryObject& one) { return one.ref.id == id; });
  return found == objects.end() ? nullptr : &*found;
}

Error unseen(const std::string& what) {
  Error error;
  error.detail = what;
  return error;
}

} // namespace

std::string plain_uuid(std::string_view text) {
  std::string uuid;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') continue;
    uuid += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return uuid;
}

std::string find_vm_request(const ManagedRef& search_index, std::string_view uuid, bool instance) {
  SoapWriter out("FindByUuid", kVimNamespace, search_index);
  out.text("uuid", uuid);
  out.flag("vmSearch", true);
  out.flag("instanceUuid", instance);
  return out.finish();
}

std::string retrieve_above_vm_request(const ManagedRef& collector, const ManagedRef& vm) {
  SoapWriter out("RetrievePropertiesEx", kVimNamespace, collector);
  out.open("specSet");
  write_properties(out, "ManagedEntity", {"parent"});
  write_properties(out, "VirtualMachine", {"runtime.host"});
  out.open("objectSet");
  out.reference("obj", vm);
  out.flag("skip", false);
  open_traversal(out, "h", "VirtualMachine", "runtime.host");
  write_selection(out, kUpwards);
  out.close("selectSet");
  open_traversal(out, kUpwards, "ManagedEntity", "parent");
  write_selection(out, kUpwards);
  out.close("selectSet");
  out.close("objectSet");
  out.close("specSet");
  out.empty("options");
  return out.finish();
}

Outcome<std::vector<ManagedRef>> host_and_above(const std::vector<InventoryObject>& objects,
                                                const ManagedRef& vm, const ManagedRef& root) {
  const InventoryObject* machine = object_of(objects, vm.id);
  if (machine == nullptr || machine->host.empty()) return unseen(vm.id + " has no host");
  std::vector<ManagedRef> chain;
  std::string next = machine->host;
  // Bounded: what is moved meanwhile can look like a ring.
  while (chain.size() < objects.size()) {
    const InventoryObject* at = object_of(objects, next);
    if (at == nullptr) break;
    chain.push_back(at->ref);
    if (at->ref.id == root.id) return chain;
    next = at->parent;
  }
  return unseen("what is above " + machine->host +
                " cannot all be read: the user needs System.Read on host, cluster, datacenter and "
                "the folders between");
}

} // namespace syncer
