#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace syncer {

// How far the full sync of one vCenter is, or how it ended.
struct RunAtVCenter {
  std::string host;
  std::string result; // success, partial or failure; empty while it runs
  std::string error;  // of one that did not succeed
  std::size_t volumes_read = 0;
  std::size_t differed = 0;
  std::size_t synced = 0;
  std::size_t failed = 0;
};

struct LastRun {
  std::int64_t id = 0;
  std::string started;
  std::string ended; // empty while it runs
  std::vector<RunAtVCenter> vcenters;
};

bool is_over(const std::vector<RunAtVCenter>& vcenters);
// What went wrong, vCenter by vCenter, 1 KiB at most; empty when all succeeded.
std::string error_of(const std::vector<RunAtVCenter>& vcenters);
// As JSON of at most `limit` bytes: texts are cut first, then vCenters are left out and counted.
std::string last_run_text(const LastRun& run, std::size_t limit = 4096);

} // namespace syncer
