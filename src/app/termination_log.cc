#include "app/termination_log.h"

#include <fcntl.h>
#include <unistd.h>

#include "kube/event_json.h"

namespace syncer {

namespace {
constexpr std::size_t kMost = 4096;
} // namespace

void write_termination_log(const std::string& path, std::string_view why) {
  // Never created: on a machine of its own the file would be a stray one in /dev.
  const int file = ::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  if (file < 0) return;
  const std::string_view kept = cut_text(why, kMost);
  [[maybe_unused]] const ssize_t written = ::write(file, kept.data(), kept.size());
  ::close(file);
}

} // namespace syncer
