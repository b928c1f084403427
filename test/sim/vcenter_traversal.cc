#include "sim/vcenter_traversal.h"

#include <algorithm>
#include <set>
#include <utility>

#include "sim/vcenter_inventory.h"
#include "sim/vcenter_xml.h"

namespace syncer::sim {

namespace {

bool is_traversal(pugi::xml_node selection) {
  return selection.attribute("xsi:type").value() == std::string_view("TraversalSpec");
}

bool leads_somewhere(std::string_view type, std::string_view path) {
  if (type == "ListView" || type == "ContainerView") return path == "view";
  if (path == "parent") return SimInventory::is_a(type, "ManagedEntity") || type == "ManagedEntity";
  if (SimInventory::is_a(type, "Folder")) return path == "childEntity";
  if (type == "VirtualMachine") return path == "runtime.host";
  if (type != "Datacenter") return false;
  return path == "datastoreFolder" || path == "vmFolder" || path == "hostFolder" ||
         path == "datastore";
}

} // namespace

struct Traversals::Walk {
  const Follow& follow;
  std::vector<ManagedRef> selected;
  std::set<std::pair<std::string, std::string>> reported; // type and id
  std::set<std::pair<std::string, std::size_t>> done;     // object and traversal
  void report(const ManagedRef& object) {
    if (reported.emplace(object.type, object.id).second) selected.push_back(object);
  }
};

Traversals::Traversals(pugi::xml_node object_set) : object_set_(object_set) { collect(object_set); }

void Traversals::collect(pugi::xml_node parent) {
  for (const pugi::xml_node& selection : parent.children("selectSet")) {
    if (!is_traversal(selection)) continue;
    const std::string_view name = text_of(selection, "name");
    if (!name.empty()) by_name_.emplace(name, selection);
    collect(selection);
  }
}

std::optional<SimFault> Traversals::check() const { return check_below(object_set_); }

std::optional<SimFault> Traversals::check_below(pugi::xml_node parent) const {
  for (const pugi::xml_node& selection : parent.children("selectSet")) {
    if (!resolved(selection)) {
      return invalid_argument(
          "specSet.objectSet.selectSet",
          "No traversal has the name \"" + std::string(text_of(selection, "name")) + "\".");
    }
    if (!is_traversal(selection)) continue;
    const std::string_view path = text_of(selection, "path");
    if (!leads_somewhere(text_of(selection, "type"), path)) return invalid_property(path);
    if (auto fault = check_below(selection)) return fault;
  }
  return std::nullopt;
}

pugi::xml_node Traversals::resolved(pugi::xml_node selection) const {
  if (is_traversal(selection)) return selection;
  const auto found = by_name_.find(text_of(selection, "name"));
  return found == by_name_.end() ? pugi::xml_node() : found->second;
}

std::vector<ManagedRef> Traversals::select(const ManagedRef& start, const Follow& follow) const {
  Walk walk{follow, {}, {}, {}};
  if (!is_true(object_set_, "skip")) walk.report(start);
  visit(start, object_set_, walk);
  return std::move(walk.selected);
}

void Traversals::visit(const ManagedRef& object, pugi::xml_node parent, Walk& walk) const {
  for (const pugi::xml_node& selection : parent.children("selectSet")) {
    const pugi::xml_node traversal = resolved(selection);
    if (!SimInventory::is_a(object.type, text_of(traversal, "type"))) continue;
    if (!walk.done.emplace(object.type + ":" + object.id, traversal.hash_value()).second) continue;
    for (const ManagedRef& next : walk.follow(object, text_of(traversal, "path"))) {
      if (!is_true(traversal, "skip")) walk.report(next);
      visit(next, traversal, walk);
    }
  }
}

} // namespace syncer::sim
