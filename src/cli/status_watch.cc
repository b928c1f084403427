#include "cli/status_watch.h"

#include <array>
#include <ctime>
#include <sstream>
#include <vector>

#include "cli/display_text.h"
#include "cli/status_text.h"

namespace syncer {

namespace {

using nlohmann::json;

// A screen of its own, as pagers have it, without a cursor; and back.
constexpr const char* kBegin = "\x1b[?1049h\x1b[?25l";
constexpr const char* kEnd = "\x1b[?25h\x1b[?1049l";
constexpr const char* kHome = "\x1b[H";
constexpr const char* kClearLine = "\x1b[K";
constexpr const char* kClearRest = "\x1b[J";

// UTC, as the log has it.
std::string time_of_day(const Terminal& terminal) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(terminal.wall());
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 16> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%H:%M:%S UTC", &parts);
  return {text.data(), size};
}

// Rows of a terminal that the line takes; colours take none.
std::size_t rows_of(const std::string& line, std::size_t columns) {
  std::string seen;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] != '\x1b') {
      seen += line[at];
    } else {
      at = std::min(line.find('m', at), line.size());
    }
  }
  const std::size_t width = display_width(seen);
  return columns == 0 || width == 0 ? 1 : (width + columns - 1) / columns;
}

// As many lines as there is room for. A line is cleared before it is written: after a full one the
// cursor still stands on its last character.
std::string picture_of(const std::string& text, const ScreenSize& size) {
  std::vector<std::string> shown;
  std::istringstream lines(text);
  std::size_t left = size.rows;
  std::size_t not_shown = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t rows = rows_of(line, size.columns);
    // The last row is for what says that there is more.
    if (not_shown > 0 || (size.rows > 0 && rows + 1 > left)) {
      ++not_shown;
      continue;
    }
    if (size.rows > 0) left -= rows;
    shown.push_back(line);
  }
  if (not_shown == 1) shown.emplace_back("1 more line");
  if (not_shown > 1) shown.push_back(std::to_string(not_shown) + " more lines");
  std::string picture = kHome;
  for (std::size_t k = 0; k < shown.size(); ++k) {
    picture += k + 1 < shown.size() ? kClearLine : kClearRest;
    picture += shown[k];
    if (k + 1 < shown.size()) picture += "\n";
  }
  return picture;
}

} // namespace

LivePicture::LivePicture(std::size_t most_failures, double every, const Terminal& terminal)
    : most_failures_(most_failures), terminal_(terminal) {
  std::ostringstream seconds;
  seconds << every;
  every_ = seconds.str();
  terminal_.out << kBegin << std::flush;
}

LivePicture::~LivePicture() { terminal_.out << kEnd << std::flush; }

const char* LivePicture::last_words() const { return kEnd; }

void LivePicture::answered(const json& status) {
  last_ = status;
  as_of_ = time_of_day(terminal_);
  silent_since_.clear();
  draw();
}

void LivePicture::failed(const Error& why) {
  if (silent_since_.empty()) silent_since_ = time_of_day(terminal_);
  why_silent_ = printable(why.detail);
  draw();
}

// In one piece, over the picture before: nothing is cleared that is not written again at once.
void LivePicture::draw() {
  Terminal now = terminal_;
  const ScreenSize size = terminal_.size();
  now.width = size.columns;
  std::string text = "vsphere-syncer status, every " + every_ + " s";
  if (last_) text += ", as of " + as_of_;
  text += "\n";
  if (!silent_since_.empty()) {
    for (const std::string& line :
         wrapped("No answer since " + silent_since_ + ": " + why_silent_, now.width)) {
      text += in_colour(Colour::kBad, line, now) + "\n";
    }
  }
  if (last_) text += "\n" + status_text(*last_, now, most_failures_);

  terminal_.out << picture_of(text, size) << std::flush;
}

void StatusLog::begin() {
  terminal_.out << (begun_ ? "\n" : "") << time_of_day(terminal_);
  begun_ = true;
}

void StatusLog::answered(const json& status) {
  begin();
  terminal_.out << '\n' << status_text(status, terminal_, most_failures_) << std::flush;
}

void StatusLog::failed(const Error& why) {
  begin();
  terminal_.out << " no answer: " << printable(why.detail) << '\n' << std::flush;
}

void JsonLines::answered(const json& status) {
  terminal_.out << status.dump() << '\n' << std::flush;
}

void JsonLines::failed(const Error& why) { terminal_.err << why.detail << '\n' << std::flush; }

void watch_status(AdminPort& port, StatusView& view, double every, const Terminal& terminal) {
  terminal.end_quietly(view.last_words());
  const auto pause =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(every));
  for (;;) {
    const Outcome<json> status = port.ask("GET", "/statusz");
    if (status) {
      view.answered(*status);
    } else {
      view.failed(status.error());
    }
    terminal.pause(pause);
  }
}

} // namespace syncer
