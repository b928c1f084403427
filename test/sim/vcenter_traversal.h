#pragma once

#include <functional>
#include <map>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sim/vcenter_faults.h"

namespace syncer::sim {

// The traversals of one ObjectSpec, already checked against the schema: which objects it selects.
class Traversals {
 public:
  // The objects at a property path of an object; empty when that property is unset.
  using Follow = std::function<std::vector<ManagedRef>(const ManagedRef&, std::string_view path)>;

  explicit Traversals(pugi::xml_node object_set);
  // A fault when a path does not exist on its type, or a name stands for no traversal.
  std::optional<SimFault> check() const;
  // The starting object first, each once; what `skip` leaves out is left out.
  std::vector<ManagedRef> select(const ManagedRef& start, const Follow& follow) const;

 private:
  struct Walk;
  void collect(pugi::xml_node parent);
  std::optional<SimFault> check_below(pugi::xml_node parent) const;
  void visit(const ManagedRef& object, pugi::xml_node parent, Walk& walk) const;
  pugi::xml_node resolved(pugi::xml_node selection) const;

  pugi::xml_node object_set_;
  std::map<std::string, pugi::xml_node, std::less<>> by_name_;
};

} // namespace syncer::sim
