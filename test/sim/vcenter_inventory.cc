#include "sim/vcenter_inventory.h"

#include <algorithm>

namespace syncer::sim {

namespace {

bool below(const InventoryNode* node, const InventoryNode* ancestor) {
  while (node && node != ancestor) node = node->parent;
  return node == ancestor;
}

} // namespace

std::string stored_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '%') {
      out += "%25";
    } else if (c == '/') {
      out += "%2f";
    } else if (c == '\\') {
      out += "%5c";
    } else {
      out += c;
    }
  }
  return out;
}

SimInventory::SimInventory() {
  root_ = make("Folder", "group-d", "group-d1", "Datacenters", nullptr);
}

SimInventory::Node* SimInventory::make(const char* type, const char* prefix, std::string id,
                                       std::string_view name, Node* parent) {
  while (id.empty()) {
    id = prefix + std::to_string(next_id_++);
    if (by_id_.contains(id)) id.clear();
  }
  if (by_id_.contains(id)) return nullptr;
  nodes_.push_back(std::make_unique<Node>());
  Node* node = nodes_.back().get();
  node->ref = {type, id};
  node->name = stored_name(name);
  node->parent = parent;
  by_id_[id] = node;
  return node;
}

SimInventory::Node* SimInventory::folder_in(Node* parent, const char* type, std::string_view name) {
  const std::string stored = stored_name(name);
  for (const Node* child : parent->children) {
    if (child->ref.type == type && child->name == stored) return by_id_.at(child->ref.id);
  }
  const std::string_view kind = type;
  const char* prefix = kind == "Folder"                   ? "group-f"
                       : kind == "ClusterComputeResource" ? "domain-c"
                                                          : "group-p";
  Node* made = make(type, prefix, "", name, parent);
  parent->children.push_back(made);
  return made;
}

SimInventory::Node* SimInventory::datacenter_of(const std::string& id) {
  for (const auto& node : nodes_) {
    if (node->ref.type == "Datacenter" && (id.empty() || node->ref.id == id)) return node.get();
  }
  return nullptr;
}

bool SimInventory::add(SimDatacenter datacenter) {
  if (by_id_.contains(datacenter.id)) return false;
  Node* parent = root_;
  for (const std::string& folder : datacenter.folders) parent = folder_in(parent, "Folder", folder);
  Node* made = make("Datacenter", "datacenter-", datacenter.id, datacenter.name, parent);
  parent->children.push_back(made);
  made->vm_folder = make("Folder", "group-v", "", "vm", made);
  made->datastore_folder = make("Folder", "group-s", "", "datastore", made);
  return true;
}

bool SimInventory::add(SimDatastore datastore) {
  Node* datacenter = datacenter_of(datastore.datacenter);
  if (!datacenter || by_id_.contains(datastore.id)) return false;
  Node* parent = by_id_.at(datacenter->datastore_folder->ref.id);
  for (const std::string& folder : datastore.folders) parent = folder_in(parent, "Folder", folder);
  if (!datastore.pod.empty()) parent = folder_in(parent, "StoragePod", datastore.pod);
  Node* made = make("Datastore", "datastore-", datastore.id, datastore.name, parent);
  made->url = datastore.url;
  parent->children.push_back(made);
  datacenter->datastores.push_back(made);
  return true;
}

bool SimInventory::add(SimHost host) {
  Node* datacenter = datacenter_of(host.datacenter);
  if (!datacenter || by_id_.contains(host.id)) return false;
  if (!datacenter->host_folder) {
    datacenter->host_folder = make("Folder", "group-h", "", "host", datacenter);
  }
  Node* cluster =
      folder_in(by_id_.at(datacenter->host_folder->ref.id), "ClusterComputeResource", host.cluster);
  cluster->children.push_back(make("HostSystem", "host-", host.id, host.name, cluster));
  return true;
}

bool SimInventory::add(SimVm vm) {
  Node* datacenter = datacenter_of(vm.datacenter);
  if (!datacenter || by_id_.contains(vm.id)) return false;
  const Node* host = vm.host.empty() ? nullptr : find({"HostSystem", vm.host});
  if (!host && !vm.host.empty()) return false;
  Node* parent = by_id_.at(datacenter->vm_folder->ref.id);
  Node* made = make("VirtualMachine", "vm-", vm.id, vm.name, parent);
  made->uuid = vm.uuid;
  made->instance_uuid = vm.instance_uuid;
  made->host = host;
  parent->children.push_back(made);
  return true;
}

const InventoryNode* SimInventory::find(const ManagedRef& ref) const {
  const auto found = by_id_.find(ref.id);
  if (found == by_id_.end() || found->second->ref.type != ref.type) return nullptr;
  return found->second;
}

const InventoryNode* SimInventory::first_datastore() const {
  for (const auto& node : nodes_) {
    if (node->ref.type == "Datastore") return node.get();
  }
  return nullptr;
}

const InventoryNode* SimInventory::find_named(std::string_view type, std::string_view name) const {
  for (const auto& node : nodes_) {
    if (node->ref.type == type && node->name == name) return node.get();
  }
  return nullptr;
}

const InventoryNode* SimInventory::datacenter_above(const Node& node) {
  const Node* at = node.parent;
  while (at && at->ref.type != "Datacenter") at = at->parent;
  return at;
}

std::string SimInventory::path_of(const Node& node) {
  if (!node.parent) return {};
  return path_of(*node.parent) + "/" + node.name;
}

std::vector<const InventoryNode*> SimInventory::datacenters(std::string_view path_or_name) const {
  std::vector<const Node*> found;
  for (const auto& node : nodes_) {
    if (node->ref.type != "Datacenter") continue;
    if (path_of(*node) == path_or_name) return {node.get()};
    if (node->name == path_or_name) found.push_back(node.get());
  }
  return found;
}

const InventoryNode* SimInventory::datastore_in(const Node& datacenter, std::string_view name) {
  for (const Node* datastore : datacenter.datastores) {
    if (datastore->name == name || datastore->name == stored_name(name)) return datastore;
  }
  return nullptr;
}

const InventoryNode* SimInventory::find_vm(const Node* datacenter, std::string_view uuid,
                                           bool instance) const {
  for (const auto& node : nodes_) {
    if (node->ref.type != "VirtualMachine" || (datacenter && !below(node.get(), datacenter))) {
      continue;
    }
    const std::string& own = instance ? node->instance_uuid : node->uuid;
    if (!own.empty() && own == uuid) return node.get();
  }
  return nullptr;
}

bool SimInventory::take_miss(const std::string& id) {
  const auto found = missed_.find(id);
  if (found == missed_.end() || found->second == 0) return false;
  --found->second;
  return true;
}

bool SimInventory::is_a(std::string_view type, std::string_view wanted) {
  if (type == wanted) return true;
  if (wanted == "Folder") return type == "StoragePod";
  return wanted == "ManagedEntity" &&
         (type == "Folder" || type == "StoragePod" || type == "Datacenter" || type == "Datastore" ||
          type == "VirtualMachine" || type == "HostSystem" || type == "ClusterComputeResource");
}

} // namespace syncer::sim
