#pragma once

namespace syncer {

// This process as the kernel sees it; zeros where /proc cannot be read.
struct ProcessUse {
  double resident_bytes = 0;
  double virtual_bytes = 0;
  double cpu_seconds = 0;
  double start_time_seconds = 0; // since 1970
  double open_fds = 0;
};

ProcessUse process_use();

} // namespace syncer
