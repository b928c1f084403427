#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <string>

namespace syncer {

// A logger on stderr. `json`: one object per line with time, level and message, every text escaped;
// otherwise lines for people. `level` as in --log-level.
std::shared_ptr<spdlog::logger> make_logger(bool json, const std::string& level);

// `text` as the inside of a JSON string: quotes, backslashes and control characters escaped, bytes
// that are not UTF-8 replaced.
void append_json_escaped(std::string_view text, std::string& out);

} // namespace syncer
