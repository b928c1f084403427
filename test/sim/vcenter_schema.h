#pragma once

#include <cstddef>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sim/vcenter_faults.h"

namespace syncer::sim {

// A service of vCenter: a path, or two, and the namespace of what it takes.
enum class Endpoint { kVim, kVsan, kPbm };        // /sdk, /vsanHealth, /pbm
std::string_view namespace_of(Endpoint endpoint); // urn:vim25...

// The data types and methods of vim25, vsan and pbm that the simulator knows, as ordered sequences
// of fields, and the check of a request against them. The tables are in vcenter_schema_types.cc.
class VcenterSchema {
 public:
  struct Type;
  struct Field {
    std::string name;
    const Type* type = nullptr; // null: a primitive, named by `primitive`
    std::string primitive;      // string, boolean, int, long, moref
    bool required = true;
    bool repeated = false;
    bool typed = false;    // the element must carry an xsi:type
    std::size_t since = 0; // rank of the version that brought it
  };
  struct Type {
    std::string name;
    const Type* base = nullptr;
    std::vector<Field> fields; // inherited ones first
  };
  struct Method {
    std::string name;
    std::string managed_type; // of _this
    Endpoint endpoint = Endpoint::kVim;
    std::size_t since = 0;
    Type parameters;
  };

  static const VcenterSchema& instance();

  const Method* find_method(std::string_view name) const;

  // Checks everything below the method element: names, namespaces, order, number, xsi:type and the
  // form of primitive values, as a server of the given version does. No value: the request is fine,
  // and in `element` every name is now a local one and every xsi:type is spelled `xsi:type` without
  // a prefix in its value.
  std::optional<SimFault> check(const Method& method, pugi::xml_node element,
                                std::size_t version) const;

 private:
  VcenterSchema();
  void add_type(std::string_view line);
  void add_method(std::string_view line, Endpoint endpoint);
  std::vector<Field> parse_fields(std::string_view text) const;

  std::unordered_map<std::string, Type> types_;
  std::unordered_map<std::string, Method> methods_;
};

// Namespace that a qualified name (element name or the value of xsi:type) has at `node`.
std::string_view namespace_of(pugi::xml_node node, std::string_view qualified_name);
std::string_view local_name(std::string_view qualified_name);

// The rows the schema is made from; each refers only to types of earlier rows.
const std::vector<std::string_view>& schema_type_rows();
const std::vector<std::string_view>& schema_vim_method_rows();
const std::vector<std::string_view>& schema_vsan_method_rows();
const std::vector<std::string_view>& schema_pbm_method_rows();

} // namespace syncer::sim
