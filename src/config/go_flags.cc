#include "config/go_flags.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace syncer {

namespace {

constexpr std::array<std::pair<std::string_view, double>, 8> kUnits{{{"ns", 1e-9},
                                                                     {"us", 1e-6},
                                                                     {"\xc2\xb5s", 1e-6},
                                                                     {"\xce\xbcs", 1e-6},
                                                                     {"ms", 1e-3},
                                                                     {"s", 1},
                                                                     {"m", 60},
                                                                     {"h", 3600}}};

Error not_a_duration(std::string_view text) {
  return {ErrorKind::kRejected,
          "\"" + std::string(text) + "\" is not a duration like 30s, 2m or 1h15m", true};
}

} // namespace

GoFlags rewrite_go_flags(const std::vector<std::string>& arguments,
                         const std::vector<std::string>& booleans) {
  GoFlags result;
  for (auto next = arguments.begin(); next != arguments.end();) {
    const std::string& argument = *next;
    if (argument.size() < 2 || argument[0] != '-' || argument == "--") {
      if (argument == "--") ++next;
      result.rest.assign(next, arguments.end());
      break;
    }
    ++next;
    const std::string body = argument.substr(argument.starts_with("--") ? 2 : 1);
    const std::string name = body.substr(0, body.find('='));
    const bool has_value = name.size() != body.size();
    std::string flag = "--";
    flag += name;
    if (name == "h" || name == "help") {
      result.flags.emplace_back("--help");
    } else if (has_value && name.size() + 1 == body.size()) {
      result.flags.insert(result.flags.end(), {flag, ""});
    } else if (has_value) {
      result.flags.push_back("--" + body);
    } else if (std::find(booleans.begin(), booleans.end(), name) != booleans.end()) {
      result.flags.push_back(flag + "=true");
    } else if (next == arguments.end()) {
      result.flags.push_back(flag);
    } else if (next->empty()) {
      result.flags.insert(result.flags.end(), {flag, *next++});
    } else {
      result.flags.push_back(flag.append("=").append(*next++));
    }
  }
  return result;
}

std::optional<bool> parse_go_boolean(std::string_view text) {
  constexpr std::array<std::string_view, 6> kTrue{"1", "t", "T", "TRUE", "true", "True"};
  constexpr std::array<std::string_view, 6> kFalse{"0", "f", "F", "FALSE", "false", "False"};
  if (std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end()) return false;
  return std::nullopt;
}

Outcome<Clock::duration> parse_go_duration(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return Clock::duration::zero();
  if (rest.empty()) return not_a_duration(text);
  double seconds = 0;
  while (!rest.empty()) {
    double number = 0;
    const auto [end, code] =
        std::from_chars(rest.data(), rest.data() + rest.size(), number, std::chars_format::fixed);
    if (code != std::errc() || number < 0 || rest.front() == '-') return not_a_duration(text);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    const std::size_t size = std::min(rest.find_first_of("0123456789."), rest.size());
    const std::string_view unit = rest.substr(0, size);
    const auto found = std::find_if(kUnits.begin(), kUnits.end(),
                                    [&](const auto& known) { return known.first == unit; });
    if (found == kUnits.end()) return not_a_duration(text);
    seconds += number * found->second;
    rest.remove_prefix(size);
  }
  if (seconds > 1e9) return not_a_duration(text);
  const std::chrono::duration<double> value(negative ? -seconds : seconds);
  return std::chrono::round<Clock::duration>(value);
}

} // namespace syncer
