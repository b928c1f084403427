#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/vcenter_faults.h"
#include "sim/vcenter_options.h"

namespace syncer::sim {

// One managed entity of the inventory.
struct InventoryNode {
  ManagedRef ref;
  std::string name;                                // as stored, that is escaped
  const InventoryNode* parent = nullptr;           // null: the root folder
  std::vector<const InventoryNode*> children;      // childEntity of a folder
  const InventoryNode* datastore_folder = nullptr; // of a datacenter, as the next two
  const InventoryNode* vm_folder = nullptr;
  const InventoryNode* host_folder = nullptr; // null as long as there is no host
  std::vector<const InventoryNode*> datastores;
  std::string url;                     // of a datastore
  std::string uuid, instance_uuid;     // of a virtual machine
  const InventoryNode* host = nullptr; // of a virtual machine that runs
};

// Folders, datacenters, datastores in folders and datastore clusters, hosts in clusters, virtual
// machines. Pure.
class SimInventory {
 public:
  using Node = InventoryNode;

  SimInventory();

  // False: the datacenter or host it names does not exist, or the id is taken.
  bool add(SimDatacenter datacenter);
  bool add(SimDatastore datastore);
  bool add(SimHost host);
  bool add(SimVm vm);

  const Node& root() const { return *root_; }
  const Node* find(const ManagedRef& ref) const;
  const Node* find_datastore(std::string_view id) const {
    return find({"Datastore", std::string(id)});
  }
  const Node* first_datastore() const;
  // The first object of that type and name, as stored; null when there is none.
  const Node* find_named(std::string_view type, std::string_view name) const;
  // Null: it is above the datacenters itself.
  static const Node* datacenter_above(const Node& node);
  // Of a datacenter or folder below the root: "/F0/DC1", names as stored.
  static std::string path_of(const Node& node);
  // What a dcPath means: an inventory path, or a name. Several when a name is not unique.
  std::vector<const Node*> datacenters(std::string_view path_or_name) const;
  // By the name as stored or as people write it.
  static const Node* datastore_in(const Node& datacenter, std::string_view name);
  // First hit; `datacenter` null: everywhere.
  const Node* find_vm(const Node* datacenter, std::string_view uuid, bool instance) const;

  // The next `reads` reads that would find that datastore do not, as while it is being moved.
  void miss_datastore(const std::string& id, std::uint64_t reads) { missed_[id] = reads; }
  // To be asked by a read that found it; counts.
  bool take_miss(const std::string& id);

  // Type inheritance of managed objects: a StoragePod is a Folder, all of it is a ManagedEntity.
  static bool is_a(std::string_view type, std::string_view wanted);

 private:
  Node* make(const char* type, const char* prefix, std::string id, std::string_view name,
             Node* parent);
  Node* folder_in(Node* parent, const char* type, std::string_view name);
  Node* datacenter_of(const std::string& id);

  Node* root_ = nullptr;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::map<std::string, Node*, std::less<>> by_id_;
  std::map<std::string, std::uint64_t> missed_;
  std::uint64_t next_id_ = 101;
};

// How vCenter stores a name: `%`, `/` and `\` escaped.
std::string stored_name(std::string_view name);

} // namespace syncer::sim
