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

} // namespace syncer
