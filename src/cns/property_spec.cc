#include "cns/property_spec.h"

namespace syncer {

void write_properties(SoapWriter& out, std::string_view type,
                      std::initializer_list<std::string_view> paths) {
  out.open("propSet");
  out.text("type", type);
  for (const std::string_view path : paths) out.text("pathSet", path);
  out.close("propSet");
}

void open_traversal(SoapWriter& out, std::string_view name, std::string_view type,
                    std::string_view path) {
  out.open_typed("selectSet", "TraversalSpec");
  out.text("name", name);
  out.text("type", type);
  out.text("path", path);
  out.flag("skip", false);
}

void write_selection(SoapWriter& out, std::string_view name) {
  out.open_typed("selectSet", "SelectionSpec");
  out.text("name", name);
  out.close("selectSet");
}

} // namespace syncer
