#include "cli/terminal.h"

namespace syncer {

bool agreed(const std::string& question, bool yes, const Terminal& terminal) {
  if (yes) return true;
  if (!terminal.interactive) {
    terminal.err << "not asked, because this is no terminal: add --yes\n";
    return false;
  }
  terminal.out << question << " [y/N] " << std::flush;
  const std::string answer = terminal.read_line();
  return answer == "y" || answer == "Y" || answer == "yes";
}

std::string in_colour(Colour colour, const std::string& text, const Terminal& terminal) {
  static constexpr const char* kBegin[] = {"\x1b[32m", "\x1b[31m", "\x1b[33m"};
  if (!terminal.colours) return text;
  return kBegin[static_cast<std::size_t>(colour)] + text + "\x1b[0m";
}

void ProgressLine::show(const std::string& line) {
  if (!terminal_.progress) return;
  const std::size_t blanks = shown_ > line.size() ? shown_ - line.size() : 0;
  terminal_.err << '\r' << line << std::string(blanks, ' ') << std::flush;
  shown_ = line.size();
}

void ProgressLine::keep() {
  if (shown_ > 0) terminal_.err << "\n" << std::flush;
  shown_ = 0;
}

void ProgressLine::clear() {
  if (shown_ > 0) terminal_.err << '\r' << std::string(shown_, ' ') << '\r' << std::flush;
  shown_ = 0;
}

} // namespace syncer
