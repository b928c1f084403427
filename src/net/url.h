#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/outcome.h"

namespace syncer {

struct Url {
  bool tls = true;          // https
  std::string host;         // name, IPv4, or IPv6 without brackets
  std::uint16_t port = 443; // the scheme's own when the text names none
  std::string path;         // with query; empty when the text has none
};

// http(s)://host[:port][/path]. kRejected for anything else, user names and fragments included.
Outcome<Url> parse_url(std::string_view text);

// For values and names in a query: everything outside [A-Za-z0-9-._~] becomes %XX.
std::string percent_encode(std::string_view text);
// The same backwards. What is no %XX stays as it is.
std::string percent_decode(std::string_view text);

} // namespace syncer
