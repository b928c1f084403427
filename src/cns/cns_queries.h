#pragma once

#include <vector>

#include "cns/cns_codec.h"
#include "cns/task_waiter.h"
#include "cns/vcenter_session.h"

namespace syncer {

// The reading half of CNS: which way to ask this server, and one answer alive at a time.
class CnsQueries {
 public:
  struct Deps {
    VcenterSession& session;
    TaskWaiter& waiter;
    Clock& clock;
  };
  struct Options {
    std::string cluster_id;
    std::string distribution; // what our container cluster should say; empty: nobody cares
    Clock::duration budget = std::chrono::seconds(120); // of one query
    long long page = 500;                               // volumes per CnsQueryVolume
  };

  CnsQueries(Deps deps, Options options) : deps_(deps), options_(std::move(options)) {}

  asio::awaitable<Outcome<std::vector<VolumeId>>> ids();
  asio::awaitable<Outcome<std::vector<CnsVolume>>> volumes(std::vector<VolumeId> ids);
  // See BackingDisks.
  asio::awaitable<Outcome<std::vector<BackingDisk>>> disks(std::vector<VolumeId> ids);

 private:
  // No value: this server has no such method.
  template <class T>
  using Supported = std::optional<Outcome<T>>;

  asio::awaitable<Supported<std::vector<CnsVolume>>> volumes_async(std::vector<VolumeId> ids,
                                                                   std::string distribution);
  asio::awaitable<Outcome<std::vector<CnsVolume>>> volumes_paged(std::vector<VolumeId> ids,
                                                                 std::string distribution);

  Deps deps_;
  Options options_;
  // The session in which CnsQueryAsync turned out to be missing; versions change only with one.
  std::uint64_t no_async_in_ = 0;
};

} // namespace syncer
