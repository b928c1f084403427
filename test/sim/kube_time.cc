#include "sim/kube_time.h"

#include <charconv>
#include <cstdio>

namespace syncer::sim {

namespace {

std::optional<int> number(std::string_view text, std::size_t at, std::size_t size) {
  int value = 0;
  const char* begin = text.data() + at;
  const auto [end, error] = std::from_chars(begin, begin + size, value);
  if (error != std::errc{} || end != begin + size) return std::nullopt;
  return value;
}

} // namespace

std::optional<KubeTime> parse_rfc3339(std::string_view text) {
  if (text.size() < 20 || text.back() != 'Z') return std::nullopt;
  const auto year = number(text, 0, 4);
  const auto month = number(text, 5, 2);
  const auto day = number(text, 8, 2);
  const auto hour = number(text, 11, 2);
  const auto minute = number(text, 14, 2);
  const auto second = number(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  KubeTime time;
  time.seconds = std::int64_t{days} * 86400 + *hour * 3600 + *minute * 60 + *second;

  std::string fraction(text.substr(19, text.size() - 20));
  if (!fraction.empty() && fraction.front() == '.') {
    fraction.erase(0, 1);
    fraction.resize(9, '0');
    const auto nanos = number(fraction, 0, 9);
    if (!nanos) return std::nullopt;
    time.nanos = *nanos;
  }
  return time;
}

std::string to_rfc3339(std::int64_t seconds) {
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto rest = (time - day).count();
  char out[64];
  std::snprintf(out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(rest / 3600), static_cast<int>(rest / 60 % 60),
                static_cast<int>(rest % 60));
  return out;
}

std::string now_rfc3339() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return to_rfc3339(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

} // namespace syncer::sim
