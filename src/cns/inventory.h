// Datastores and the datacenters above them, as the property collector tells them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cns/soap.h"
#include "cns/vcenter_inventory.h"

namespace syncer {

// Every folder, datacenter, datastore cluster and datastore below the root folder, in one request:
// datacenter folders and datastore folders of any depth are walked, those of VMs, hosts and
// networks are not.
std::string retrieve_datastores_request(const ManagedRef& collector, const ManagedRef& root);
// The server pages as it likes: the rest of an answer that came with a token.
std::string continue_retrieve_request(const ManagedRef& collector, std::string_view token);
struct InventoryObject {
  ManagedRef ref;
  std::string name;      // as stored, with its escapes; empty when it may not be read
  std::string parent;    // id; empty for the root folder
  std::string host = {}; // id, of a VM
};

struct InventoryPage {
  std::vector<InventoryObject> objects;
  std::string token; // empty on the last page
};

InventoryPage read_inventory_page(const SoapAnswer& answer);

// The name as people write it. vCenter stores three characters as %25, %2f and %5c; any other
// percent sign is what it looks like.
std::string unescaped_name(std::string_view stored);

// What one complete read showed.
class InventoryTree {
 public:
  explicit InventoryTree(std::string root) : root_(std::move(root)) {}
  void add(InventoryObject object);

  struct Found {
    std::vector<DatastorePlace> places; // by datacenter path
    std::size_t unplaced = 0;           // of that name too, but not everything above was seen
  };
  Found datastores(std::string_view name) const;

 private:
  bool place(const InventoryObject& datastore, DatastorePlace& place) const;
  const InventoryObject* parent_of(const InventoryObject& object) const;

  std::string root_;
  std::unordered_map<std::string, InventoryObject> objects_; // by id
};

} // namespace syncer
