#include "app/screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace syncer {

namespace {

// Empty: not set.
std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

bool is_terminal() { return isatty(STDOUT_FILENO) != 0; }

bool is_dumb() { return is_terminal() && variable("TERM") == "dumb"; }

} // namespace

bool screen_has_colours() { return is_terminal() && !is_dumb() && variable("NO_COLOR").empty(); }

std::size_t screen_width() {
  if (!is_terminal()) return 0;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const std::string_view told = variable("COLUMNS");
  std::size_t width = 0;
  std::from_chars(told.data(), told.data() + told.size(), width);
  return width;
}

bool screen_has_unicode() {
  if (is_dumb()) return false;
  for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string_view locale = variable(name);
    if (locale.empty()) continue;
    for (const char* const utf8 : {"UTF-8", "utf8", "UTF8", "utf-8"}) {
      if (locale.find(utf8) != std::string_view::npos) return true;
    }
    return false;
  }
  return true;
}

} // namespace syncer
