#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <set>
#include <string>
#include <unordered_map>

#include "core/backoff.h"
#include "core/leadership.h"
#include "core/random.h"
#include "operators/volume_info_store.h"

namespace spdlog {
class logger;
}

namespace syncer {

// Creates the CNSVolumeInfo objects that are missing: each wanted one once, one at a time, until it
// is there. One that is refused waits longer and longer and stops no other one; an API server that
// fails stops all.
class RouterRecords {
 public:
  struct Deps {
    asio::any_io_executor executor;
    VolumeInfoStore& store;
    Clock& clock;
    const Leadership& leadership;
    spdlog::logger& log;
    Random random;
  };
  explicit RouterRecords(Deps deps);
  RouterRecords(const RouterRecords&) = delete;
  RouterRecords& operator=(const RouterRecords&) = delete;

  // Wanted twice is wanted once; another vCenter than before replaces it.
  void want(const VolumeId& id, const std::string& vcenter);
  void forget(const VolumeId& id);
  std::size_t wanted() const { return items_.size(); }

  // Works until stopped.
  asio::awaitable<void> run();
  void stop();

 private:
  struct Item {
    std::string vcenter;
    std::uint32_t failures = 0;
    Clock::time_point next{};
  };

  asio::awaitable<void> put(VolumeId id);
  void schedule(const VolumeId& id, Item& item, Clock::time_point when);
  void wake();

  Deps deps_;
  std::unordered_map<VolumeId, Item> items_;
  std::set<std::pair<Clock::time_point, VolumeId>> due_;
  std::uint32_t failures_ = 0; // in a row, of the API server
  Clock::time_point pause_until_{};
  bool stopping_ = false;
  asio::experimental::channel<void(boost::system::error_code)> wake_;
};

} // namespace syncer
