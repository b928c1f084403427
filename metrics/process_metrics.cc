#include "metrics/process_metrics.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace syncer {

namespace {

// Fields of /proc/self/stat after the command name, counted from the process state = 0 (proc(5)).
constexpr std::size_t kUserTicks = 11;
constexpr std::size_t kSystemTicks = 12;
constexpr std::size_t kStartTicks = 19;
constexpr std::size_t kVirtualBytes = 20;
constexpr std::size_t kResidentPages = 21;

std::string read_file(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

double boot_time() {
  std::istringstream lines(read_file("/proc/stat"));
  std::string word;
  while (lines >> word) {
    double seconds = 0;
    if (word == "btime" && lines >> seconds) return seconds;
  }
  return 0;
}

} // namespace

ProcessUse process_use() {
  ProcessUse use;
  const std::string stat = read_file("/proc/self/stat");
  // The command may hold blanks and brackets: fields begin behind the last bracket.
  const std::size_t bracket = stat.rfind(')');
  if (bracket == std::string::npos) return use;
  std::istringstream rest(stat.substr(bracket + 1));
  const std::vector<std::string> fields{std::istream_iterator<std::string>(rest), {}};
  if (fields.size() <= kResidentPages) return use;
  const auto field = [&](std::size_t index) { return std::strtod(fields[index].c_str(), nullptr); };
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  use.cpu_seconds = (field(kUserTicks) + field(kSystemTicks)) / ticks;
  use.virtual_bytes = field(kVirtualBytes);
  use.resident_bytes = field(kResidentPages) * static_cast<double>(sysconf(_SC_PAGESIZE));
  static const double kBooted = boot_time();
  use.start_time_seconds = kBooted + field(kStartTicks) / ticks;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
    static_cast<void>(entry);
    use.open_fds += 1;
  }
  return use;
}

} // namespace syncer
