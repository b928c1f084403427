#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "fakes/fake_clock.h"
#include "operators/migration_store.h"

namespace syncer {

// The migration objects as a test sets them up: one per volume id, as in the cluster, beside the
// spellings that only this process knows.
class FakeMigrationStore final : public MigrationStore {
 public:
  explicit FakeMigrationStore(Clock& clock) : clock_(clock) {}

  bool synced() const override { return is_synced; }
  std::optional<VolumeId> find(const InternedString& path) const override {
    const auto found = links_.find(path);
    return found == links_.end() ? std::nullopt : std::optional(found->second);
  }
  std::vector<InternedString> paths_of(const VolumeId& id) const override {
    std::vector<InternedString> paths;
    for (const auto& [path, linked] : links_) {
      if (linked == id) paths.push_back(path);
    }
    return paths;
  }
  std::vector<MigrationRecord> all() const override {
    std::vector<MigrationRecord> records;
    for (const auto& [id, record] : records_) records.push_back(record);
    return records;
  }
  asio::awaitable<Outcome<>> put(MigrationRecord record) override {
    puts.push_back(record);
    const bool fails = failing_puts > 0;
    if (fails) --failing_puts;
    co_await clock_.sleep_until(clock_.now() + write_time);
    if (fails) co_return Error{ErrorKind::kTransient, "the API server is away"};
    link(record);
    co_return Done{};
  }
  asio::awaitable<Outcome<>> remove(VolumeId id) override {
    removals.push_back(id);
    const bool fails = unremovable.contains(id);
    co_await clock_.sleep_until(clock_.now() + write_time);
    if (fails) co_return Error{ErrorKind::kTransient, "the API server is away"};
    unlink(id);
    co_return Done{};
  }

  // As if the CSI controller had done it.
  void link(const MigrationRecord& record) {
    records_.try_emplace(record.id, record);
    links_[record.path] = record.id;
  }
  void unlink(const VolumeId& id) {
    records_.erase(id);
    std::erase_if(links_, [&](const auto& entry) { return entry.second == id; });
  }
  std::size_t size() const { return links_.size(); }

  bool is_synced = true;
  std::size_t failing_puts = 0;   // as many of the next ones fail
  std::set<VolumeId> unremovable; // their removals fail
  Clock::duration write_time{};
  std::vector<MigrationRecord> puts; // in order of arrival, those that failed too
  std::vector<VolumeId> removals;

 private:
  Clock& clock_;
  std::map<VolumeId, MigrationRecord> records_;
  std::map<InternedString, VolumeId> links_;
};

} // namespace syncer
