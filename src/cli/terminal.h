#pragma once

#include <functional>
#include <ostream>
#include <string>

#include "core/clock.h"

namespace syncer {

// Of a terminal; 0: unbounded, or unknown.
struct ScreenSize {
  std::size_t columns = 0;
  std::size_t rows = 0;
};

// Whom a command talks to, and how it waits.
struct Terminal {
  std::ostream& out;
  std::ostream& err;
  bool interactive = false; // somebody sees `out` and may answer
  bool colours = false;     // `out` is a terminal that may show them
  bool progress = false;    // somebody sees `err`
  std::function<std::string()> read_line = nullptr;
  // Shorter when the size of the terminal changes.
  std::function<void(Clock::duration)> pause = nullptr;
  std::function<Clock::time_point()> now = nullptr;
  std::size_t width = 0; // columns of `out`; 0: it is no terminal, or none that says so
  bool unicode = true;   // `out` shows more than ASCII
  bool screen = false;   // `out` is a terminal that can be drawn anew, again and again
  std::function<ScreenSize()> size = nullptr;
  std::function<std::chrono::system_clock::time_point()> wall = nullptr;
  // From now on SIGINT and SIGTERM end the process with 0, after writing this to `out`.
  std::function<void(const char* last_words)> end_quietly = nullptr;
};

// Exit codes of all commands.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUsage = 2;
inline constexpr int kTimedOut = 3;

// True if the question was answered with y or yes. `yes`: it was beforehand. Asked only on a
// terminal; elsewhere it is refused, with a line on `err` that names --yes.
bool agreed(const std::string& question, bool yes, const Terminal& terminal);

enum class Colour { kGood, kBad, kAttention };
// The text in that colour, on a terminal that may show it.
std::string in_colour(Colour colour, const std::string& text, const Terminal& terminal);

// One line on `err` that changes while somebody watches; nothing in a file.
class ProgressLine {
 public:
  explicit ProgressLine(const Terminal& terminal) : terminal_(terminal) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  void show(const std::string& line);
  // Before anything else is printed: takes it away, or leaves it standing as it is.
  void clear();
  void keep();

 private:
  const Terminal& terminal_;
  std::size_t shown_ = 0; // characters of the line on the terminal
};

} // namespace syncer
