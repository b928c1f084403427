#pragma once

#include <string>
#include <string_view>

namespace syncer {

// Whether an Accept-Encoding header of this value wants gzip: it names it, or *, and not with q=0.
bool accepts_gzip(std::string_view accept_encoding);

// The text as one gzip file. Made quickly rather than small: it is for the next process, once.
std::string gzip(std::string_view text);

} // namespace syncer
