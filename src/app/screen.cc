#include "app/screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string_view>

namespace syncer {

namespace {

// Empty: not set.
std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::size_t number(const char* name) {
  const std::string_view told = variable(name);
  std::size_t number = 0;
  std::from_chars(told.data(), told.data() + told.size(), number);
  return number;
}

bool is_terminal() { return isatty(STDOUT_FILENO) != 0; }

bool is_dumb() { return is_terminal() && variable("TERM") == "dumb"; }

std::string_view last_words; // read by the handler

// Nothing but what a handler may call.
extern "C" void say_and_end(int) {
  [[maybe_unused]] const ssize_t written =
      write(STDOUT_FILENO, last_words.data(), last_words.size());
  _exit(0);
}

} // namespace

bool screen_has_colours() { return is_terminal() && !is_dumb() && variable("NO_COLOR").empty(); }

bool screen_is_drawn_on() { return is_terminal() && !is_dumb(); }

ScreenSize screen_size() {
  if (!is_terminal()) return {};
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return {size.ws_col, size.ws_row};
  }
  return {number("COLUMNS"), number("LINES")};
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

void end_screen_quietly(const char* words) {
  last_words = words;
  struct sigaction action {};
  action.sa_handler = say_and_end;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

} // namespace syncer
