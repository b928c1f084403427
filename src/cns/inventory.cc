#include "cns/inventory.h"

#include <algorithm>
#include <utility>

#include "cns/property_spec.h"
#include "cns/vim_codec.h"

namespace syncer {

namespace {

// The two steps of the walk call each other by these names.
constexpr std::string_view kIntoFolder = "f";
constexpr std::string_view kIntoDatacenter = "d";

bool ends_here(std::string_view text, std::size_t at, char high, char low) {
  if (at + 2 >= text.size() || text[at + 1] != high) return false;
  const char given = text[at + 2];
  return given == low || (given >= 'A' && given <= 'F' && given - 'A' + 'a' == low);
}

} // namespace

std::string retrieve_datastores_request(const ManagedRef& collector, const ManagedRef& root) {
  SoapWriter out("RetrievePropertiesEx", kVimNamespace, collector);
  out.open("specSet");
  // A datastore cluster is a folder to the server.
  for (const char* type : {"Folder", "Datacenter", "Datastore"})
    write_properties(out, type, {"name", "parent"});
  out.open("objectSet");
  out.reference("obj", root);
  out.flag("skip", false);
  open_traversal(out, kIntoFolder, "Folder", "childEntity");
  write_selection(out, kIntoFolder);
  write_selection(out, kIntoDatacenter);
  out.close("selectSet");
  open_traversal(out, kIntoDatacenter, "Datacenter", "datastoreFolder");
  write_selection(out, kIntoFolder);
  out.close("selectSet");
  out.close("objectSet");
  out.close("specSet");
  out.empty("options");
  return out.finish();
}

std::string continue_retrieve_request(const ManagedRef& collector, std::string_view token) {
  SoapWriter out("ContinueRetrievePropertiesEx", kVimNamespace, collector);
  out.text("token", token);
  return out.finish();
}

InventoryPage read_inventory_page(const SoapAnswer& answer) {
  InventoryPage page;
  const pugi::xml_node result = answer.result();
  page.token = text_of(result, "token");
  for (pugi::xml_node one = child_of(result, "objects"); one; one = next_same(one)) {
    InventoryObject object;
    object.ref = reference_of(child_of(one, "obj"));
    for (pugi::xml_node set = child_of(one, "propSet"); set; set = next_same(set)) {
      const std::string_view property = text_of(set, "name");
      if (property == "name") object.name = text_of(set, "val");
      if (property == "parent") object.parent = text_of(set, "val");
      if (property == "runtime.host") object.host = text_of(set, "val");
    }
    page.objects.push_back(std::move(object));
  }
  return page;
}

std::string unescaped_name(std::string_view stored) {
  std::string name;
  name.reserve(stored.size());
  for (std::size_t at = 0; at < stored.size(); ++at) {
    if (stored[at] != '%') {
      name += stored[at];
      continue;
    }
    char meant = '\0';
    if (ends_here(stored, at, '2', '5')) meant = '%';
    if (ends_here(stored, at, '2', 'f')) meant = '/';
    if (ends_here(stored, at, '5', 'c')) meant = '\\';
    name += meant == '\0' ? '%' : meant;
    if (meant != '\0') at += 2;
  }
  return name;
}

void InventoryTree::add(InventoryObject object) {
  std::string id = object.ref.id;
  objects_.insert_or_assign(std::move(id), std::move(object));
}

const InventoryObject* InventoryTree::parent_of(const InventoryObject& object) const {
  const auto found = objects_.find(object.parent);
  return found == objects_.end() ? nullptr : &found->second;
}

bool InventoryTree::place(const InventoryObject& datastore, DatastorePlace& place) const {
  std::string path;
  bool in_datacenter = false;
  const InventoryObject* at = parent_of(datastore);
  // Bounded: what is moved while the server pages can look like a ring.
  for (std::size_t steps = 0; at != nullptr && steps <= objects_.size(); ++steps) {
    if (at->ref.id == root_) {
      place.name = unescaped_name(datastore.name);
      place.datacenter_path = std::move(path);
      return in_datacenter;
    }
    if (at->ref.type == "Datacenter") {
      in_datacenter = true;
      place.datacenter_name = unescaped_name(at->name);
    }
    if (in_datacenter) {
      if (at->name.empty()) return false;
      path.insert(0, at->name).insert(0, 1, '/');
    }
    at = parent_of(*at);
  }
  return false;
}

InventoryTree::Found InventoryTree::datastores(std::string_view name) const {
  Found found;
  for (const auto& [id, object] : objects_) {
    if (object.ref.type != "Datastore" || unescaped_name(object.name) != name) continue;
    DatastorePlace one;
    if (place(object, one)) {
      found.places.push_back(std::move(one));
    } else {
      ++found.unplaced;
    }
  }
  std::sort(found.places.begin(), found.places.end(),
            [](const auto& a, const auto& b) { return a.datacenter_path < b.datacenter_path; });
  return found;
}

} // namespace syncer
