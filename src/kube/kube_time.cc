#include "kube/kube_time.h"

#include <charconv>
#include <cstdio>
#include <optional>

namespace syncer {

namespace {

// Reads `digits` digits at the front and the character behind them.
std::optional<int> take(std::string_view& text, std::size_t digits, char then) {
  int value = 0;
  if (text.size() <= digits) return std::nullopt;
  const char* end = text.data() + digits;
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc() || stop != end || value < 0 || *end != then) return std::nullopt;
  text.remove_prefix(digits + 1);
  return value;
}

} // namespace

std::int64_t parse_kube_time(std::string_view text) {
  using namespace std::chrono;
  const auto year = take(text, 4, '-');
  const auto month = take(text, 2, '-');
  const auto day = take(text, 2, 'T');
  const auto hour = take(text, 2, ':');
  const auto minute = take(text, 2, ':');
  const auto second = take(text, 2, 'Z');
  if (!year || !month || !day || !hour || !minute || !second || !text.empty()) return 0;
  const year_month_day date{std::chrono::year(*year),
                            std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return 0;
  const auto at = sys_days(date) + hours(*hour) + minutes(*minute) + seconds(*second);
  return duration_cast<seconds>(at.time_since_epoch()).count();
}

std::string format_kube_time(std::chrono::system_clock::time_point when) {
  using namespace std::chrono;
  const auto whole = floor<seconds>(when);
  const auto midnight = floor<days>(whole);
  const year_month_day date(midnight);
  const hh_mm_ss<seconds> time(whole - midnight);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), int(time.hours().count()),
                int(time.minutes().count()), int(time.seconds().count()));
  return text;
}

std::string format_kube_micro_time(std::chrono::system_clock::time_point when) {
  using namespace std::chrono;
  const auto fraction = duration_cast<microseconds>(when - floor<seconds>(when));
  char text[16];
  std::snprintf(text, sizeof text, ".%06dZ", int(fraction.count()));
  std::string time = format_kube_time(when);
  time.replace(time.size() - 1, 1, text);
  return time;
}

} // namespace syncer
