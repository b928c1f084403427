#include "cli/preflight_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/display_text.h"

namespace syncer {

namespace {

using nlohmann::json;
using Result = PreflightLine::Result;

const char* to_string(Result result) {
  switch (result) {
    case Result::kPass:
      return "PASS";
    case Result::kWarn:
      return "WARN";
    case Result::kFail:
      return "FAIL";
  }
  return "";
}

Colour colour_of(Result result) {
  switch (result) {
    case Result::kPass:
      return Colour::kGood;
    case Result::kWarn:
      return Colour::kAttention;
    case Result::kFail:
      return Colour::kBad;
  }
  return Colour::kBad;
}

std::ptrdiff_t count(const std::vector<PreflightLine>& lines, Result result) {
  return std::count_if(lines.begin(), lines.end(),
                       [&](const PreflightLine& line) { return line.result == result; });
}

} // namespace

std::string preflight_text(const PreflightLine& line, const Terminal& terminal) {
  std::string text = in_colour(colour_of(line.result), to_string(line.result), terminal) + "  " +
                     line.check + ": " + printable(line.detail) + "\n";
  if (!line.fix.empty()) text += "      fix: " + printable(line.fix) + "\n";
  return text;
}

std::string preflight_summary(const std::vector<PreflightLine>& lines, const Terminal& terminal) {
  const std::string text = std::to_string(count(lines, Result::kPass)) + " passed, " +
                           std::to_string(count(lines, Result::kWarn)) + " with a warning, " +
                           std::to_string(count(lines, Result::kFail)) + " failed";
  const Colour colour = preflight_code(lines) == kDone ? Colour::kGood : Colour::kBad;
  return in_colour(colour, text, terminal) + "\n";
}

std::string preflight_json(const std::vector<PreflightLine>& lines) {
  json checks = json::array();
  for (const PreflightLine& line : lines) {
    checks.push_back({{"result", to_string(line.result)},
                      {"check", line.check},
                      {"detail", line.detail},
                      {"fix", line.fix}});
  }
  const json all = {{"checks", checks}, {"failed", count(lines, Result::kFail)}};
  return all.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

int preflight_code(const std::vector<PreflightLine>& lines) {
  return count(lines, Result::kFail) == 0 ? kDone : kFailed;
}

} // namespace syncer
