#pragma once

#include <string>
#include <string_view>

#include "core/outcome.h"

namespace syncer {

// The whole file. kRejected, with the path in the detail, when it cannot be read.
Outcome<std::string> read_text_file(const std::string& path);
// Without white space at either end.
std::string trim(std::string_view text);
// Standard alphabet, white space allowed. kRejected for anything else.
Outcome<std::string> decode_base64(std::string_view text);

} // namespace syncer
