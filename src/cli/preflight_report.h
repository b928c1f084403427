#pragma once

#include <string>
#include <vector>

#include "cli/terminal.h"

namespace syncer {

// One thing that was checked before the service runs.
struct PreflightLine {
  enum class Result : std::uint8_t { kPass, kWarn, kFail };
  Result result = Result::kPass;
  std::string check;  // what
  std::string detail; // what was found, or why it is wrong
  std::string fix;    // what to do about it; empty: nothing
};

// One line, and one more with the fix.
std::string preflight_text(const PreflightLine& line, const Terminal& terminal);
// The last line: how many of each.
std::string preflight_summary(const std::vector<PreflightLine>& lines, const Terminal& terminal);
// All of it for programs.
std::string preflight_json(const std::vector<PreflightLine>& lines);
// 0: nothing failed; 1: something did.
int preflight_code(const std::vector<PreflightLine>& lines);

} // namespace syncer
