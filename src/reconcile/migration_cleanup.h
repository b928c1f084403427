#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "cns/cns_api.h"
#include "core/leadership.h"
#include "informers/cluster_view.h"
#include "operators/migration_store.h"

namespace spdlog {
class logger;
}

namespace syncer {

struct MigrationCleanupOptions {
  Clock::duration interval{std::chrono::minutes(120)};
  Clock::duration min_age{std::chrono::minutes(30)};
  std::size_t page = 500; // ids per read
};

// Removes migration objects of volumes that are gone for good. The CSI controller attaches by them,
// so one goes only when CNS does not know its id and nothing in Kubernetes names any of its paths
// (no PV, ours or not, no pod in any phase) in two complete cycles, the minimum age after that was
// first seen and after the object was made.
class MigrationCleanup {
 public:
  struct Deps {
    asio::any_io_executor executor;
    const ClusterView& view; // by id as well: a LinkedView
    MigrationStore& migrations;
    CnsApi& cns;
    Clock& clock;
    const Leadership& leadership;
    spdlog::logger& log;
  };
  struct Status {
    std::uint64_t cycles = 0; // complete ones
    std::uint64_t removed = 0;
    std::size_t waiting = 0; // gone as of the last cycle, but not long enough
    std::string last_error;  // of the last cycle; empty after a good one
  };

  MigrationCleanup(Deps deps, MigrationCleanupOptions options);

  // One cycle per interval, the first after one interval. Until cancelled or stopped.
  asio::awaitable<void> run();
  void stop();
  const Status& status() const { return status_; }

 private:
  struct Gone {
    Clock::time_point since;
    std::size_t cycles = 0;
  };

  asio::awaitable<void> cycle();
  // Of `ids`, those that CNS does not know. The others of a page that cannot be read are left out.
  asio::awaitable<std::vector<VolumeId>> absent(std::vector<VolumeId> ids);
  asio::awaitable<void> remove(MigrationRecord record);
  bool trustworthy() const;
  bool named(const MigrationRecord& record) const;
  bool old_enough(const MigrationRecord& record, const Gone& gone) const;

  Deps deps_;
  MigrationCleanupOptions options_;
  Status status_;
  std::unordered_map<VolumeId, Gone> gone_; // only ids of migration objects
  bool stopping_ = false;
  asio::experimental::channel<void(boost::system::error_code)> wake_;
};

} // namespace syncer
