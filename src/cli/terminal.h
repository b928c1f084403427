#pragma once

#include <functional>
#include <ostream>
#include <string>

#include "core/clock.h"

namespace syncer {

// Whom a command talks to, and how it waits.
struct Terminal {
  std::ostream& out;
  std::ostream& err;
  bool interactive = false; // somebody sees `out` and may answer
  std::function<std::string()> read_line;
  std::function<void(Clock::duration)> pause;
  std::function<Clock::time_point()> now;
};

// Exit codes of all commands.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUsage = 2;
inline constexpr int kTimedOut = 3;

// True if the question was answered with y or yes. `yes`: it was beforehand. Asked only on a
// terminal; elsewhere it is refused, with a line on `err` that names --yes.
bool agreed(const std::string& question, bool yes, const Terminal& terminal);

} // namespace syncer
