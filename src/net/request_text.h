#pragma once

#include <string>

#include "net/http.h"

namespace syncer {

// Writes the whole request, header and body, over `out`. False when a part of it holds a character
// that would change its meaning on the wire (a line break in a header, a space in the target).
bool write_request(const HttpRequest& request, const std::string& host_header, std::string& out);

// Value of the Host header: brackets around IPv6, no port when it is the scheme's own.
std::string host_header(const std::string& host, std::uint16_t port, bool tls);

} // namespace syncer
