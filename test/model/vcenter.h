#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "cns/cns_api.h"
#include "fakes/cns_store.h"

namespace syncer::model {

using Time = Clock::time_point;

// How well calls go, in parts of a thousand.
struct Weather {
  unsigned unsent = 0;
  unsigned refused = 0;
  unsigned lost_applied = 0;
  unsigned lost_not_applied = 0;
  unsigned lost_late = 0; // the task runs later, but inside the late-task window
  unsigned reads_fail = 0;
  Clock::duration task_time{};
  Clock::duration read_time{};
  Clock::duration late{}; // at the longest
};

// Whoever watches the calls. Asked before anything happens.
class CallWatch {
 public:
  virtual ~CallWatch() = default;
  virtual void update(const CnsUpdate& call) = 0;
  virtual void create(const CnsCreate& call) = 0;
  virtual void unregister(const VolumeId& id) = 0;
  // The reply to what was posted then is lost.
  virtual void lost(const VolumeId& id, Time posted_at) = 0;
  virtual void read(const std::vector<VolumeId>& ids) = 0;
};

// CNS and its tasks. Outlives the processes that call it: what they have posted still happens.
//
// What becomes of a call depends on the seed, the volume and how often it was called, not on the
// order of calls about different volumes.
class VCenter {
 public:
  explicit VCenter(std::uint64_t seed) : seed_(seed) {}

  CnsStore store;
  Weather weather;

  enum class Fate { kDone, kUnsent, kRefused, kLostApplied, kLostNotApplied, kLostLate };
  Fate fate(const std::string& about);
  bool read_fails(const std::string& about);
  Clock::duration late(const std::string& about);

  void schedule(Time when, std::function<void()> task) { tasks_.emplace(when, std::move(task)); }
  // Runs what is due.
  void run_until(Time now);
  bool tasks_waiting() const { return !tasks_.empty(); }

  // Where disks are, as CNS shows it.
  std::map<VolumeId, std::string> places;

  // Since when another cluster has entities there.
  std::map<VolumeId, Time> others_since;

  std::size_t updates = 0;
  std::size_t creates = 0;
  std::size_t unregistrations = 0;
  std::size_t labels = 0; // updates that carry pv_missing

 private:
  std::uint64_t chance(const std::string& about, std::string_view what);

  std::uint64_t seed_;
  std::map<std::string, std::uint64_t> calls_;
  std::multimap<Time, std::function<void()>> tasks_;
};

// One process's session.
class Session final : public CnsApi {
 public:
  Session(VCenter& vcenter, Clock& clock, CallWatch& watch)
      : vcenter_(vcenter), clock_(clock), watch_(watch) {}

  asio::awaitable<Outcome<std::vector<VolumeId>>> query_ids() override;
  asio::awaitable<Outcome<std::vector<CnsVolume>>> query_volumes(
      std::vector<VolumeId> ids) override;
  asio::awaitable<WriteResult> update(CnsUpdate update) override;
  asio::awaitable<CreateResult> create(CnsCreate create) override;
  asio::awaitable<WriteResult> unregister(VolumeId id) override;

 private:
  // Makes `task` run as its fate says; false if the reply is lost.
  void post(VCenter::Fate fate, const std::string& about, std::function<void()> task);
  static WriteResult refusal(VCenter::Fate fate, Time posted_at);

  VCenter& vcenter_;
  Clock& clock_;
  CallWatch& watch_;
};

} // namespace syncer::model
