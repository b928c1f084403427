// The parts of a PropertyFilterSpec that several requests share. Pure.
#pragma once

#include <initializer_list>
#include <string_view>

#include "cns/soap.h"

namespace syncer {

// Which properties objects of that type, or of one derived from it, show.
void write_properties(SoapWriter& out, std::string_view type,
                      std::initializer_list<std::string_view> paths);
// One named step of a walk. Steps that follow it are written before its selectSet is closed.
void open_traversal(SoapWriter& out, std::string_view name, std::string_view type,
                    std::string_view path);
// Goes on with the step of that name.
void write_selection(SoapWriter& out, std::string_view name);

} // namespace syncer
