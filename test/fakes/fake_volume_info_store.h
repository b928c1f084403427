#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "core/clock.h"
#include "operators/volume_info_store.h"

namespace syncer {

// CNSVolumeInfo objects in memory; writes take as long and fail as a test says.
class FakeVolumeInfoStore final : public VolumeInfoStore {
 public:
  explicit FakeVolumeInfoStore(Clock& clock) : clock_(clock) {}

  bool synced() const override { return is_synced; }
  std::optional<std::string> find(const VolumeId& id) const override {
    const auto found = records.find(id);
    if (found == records.end()) return std::nullopt;
    return found->second;
  }
  std::vector<VolumeInfo> all() const override {
    std::vector<VolumeInfo> infos;
    for (const auto& [id, vcenter] : records) infos.push_back({id, vcenter});
    return infos;
  }
  asio::awaitable<Outcome<>> put(VolumeInfo info) override {
    puts.push_back(info);
    co_await clock_.sleep_until(clock_.now() + write_time);
    const auto refusal = refused.find(info.id);
    if (refusal != refused.end()) co_return refusal->second;
    if (!failures.empty()) {
      Error error = failures.front();
      failures.pop_front();
      co_return error;
    }
    records.emplace(info.id, info.vcenter);
    co_return Done{};
  }
  asio::awaitable<Outcome<>> remove(VolumeId id) override {
    removals.push_back(id);
    co_await clock_.sleep_until(clock_.now() + write_time);
    if (!failures.empty()) {
      Error error = failures.front();
      failures.pop_front();
      co_return error;
    }
    records.erase(id);
    co_return Done{};
  }

  bool is_synced = true;
  std::map<VolumeId, std::string> records;
  Clock::duration write_time{};
  std::deque<Error> failures;        // of the next writes
  std::map<VolumeId, Error> refused; // puts that always fail
  std::vector<VolumeInfo> puts;
  std::vector<VolumeId> removals;

 private:
  Clock& clock_;
};

} // namespace syncer
