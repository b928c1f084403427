#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <string>

namespace syncer {

// A logger on stderr, which shows of many like warnings only the first (log_repeats.h). `json`: one
// object per line with time, level, message and, as keys of their own, the message's pairs
// (log_fields.h), every text escaped; otherwise lines for people. A message ends after 8 KiB.
// `level` as in --log-level.
std::shared_ptr<spdlog::logger> make_logger(bool json, const std::string& level);

// The logger of one vCenter beside that of the process: its lines carry vc=`host`.
std::shared_ptr<spdlog::logger> vcenter_logger(spdlog::logger& process, const std::string& host);

// What was not shown since the last call, as one line per kind of trouble.
void tell_repeats(const spdlog::logger& log);

// Kinds of trouble whose numbers were told early, because there were too many of them to keep.
std::uint64_t repeats_evicted(const spdlog::logger& log);

// Of all loggers of the process, from now on.
void set_log_level(const std::string& level);

// `text` as the inside of a JSON string: quotes, backslashes and control characters escaped, bytes
// that are not UTF-8 replaced.
void append_json_escaped(std::string_view text, std::string& out);

} // namespace syncer
