#include "reconcile/migration_cleanup.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unordered_set>

namespace syncer {

namespace {
constexpr std::size_t kCycles = 2;
} // namespace

MigrationCleanup::MigrationCleanup(Deps deps, MigrationCleanupOptions options)
    : deps_(std::move(deps)), options_(options), wake_(deps_.executor, 1) {}

void MigrationCleanup::stop() {
  stopping_ = true;
  wake_.try_send(boost::system::error_code());
}

asio::awaitable<void> MigrationCleanup::run() {
  using namespace asio::experimental::awaitable_operators;
  while (!stopping_) {
    auto woken = wake_.async_receive(asio::as_tuple(asio::use_awaitable));
    auto slept = deps_.clock.sleep_until(deps_.clock.now() + options_.interval);
    co_await (std::move(woken) || std::move(slept));
    if (!stopping_) {
      co_await cycle();
    }
  }
}

// What is concluded now may be acted on.
bool MigrationCleanup::trustworthy() const {
  return !stopping_ && deps_.migrations.synced() && deps_.view.synced() && deps_.view.complete() &&
         deps_.leadership.may_write(deps_.leadership.write_budget());
}

bool MigrationCleanup::named(const MigrationRecord& record) const {
  if (deps_.view.in_tree_path_named(record.path)) return true;
  for (const InternedString& spelling : deps_.migrations.paths_of(record.id)) {
    if (deps_.view.in_tree_path_named(spelling)) return true;
  }
  const VolumeFacts facts = deps_.view.facts(record.id);
  return facts.marked || !facts.volumes.empty() || !facts.inline_pods.empty();
}

bool MigrationCleanup::old_enough(const MigrationRecord& record, const Gone& gone) const {
  if (gone.cycles < kCycles || deps_.clock.now() - gone.since < options_.min_age) return false;
  const auto made = std::chrono::system_clock::time_point(std::chrono::seconds(record.created));
  return record.created == 0 || deps_.clock.wall_now() - made >= options_.min_age;
}

asio::awaitable<std::vector<VolumeId>> MigrationCleanup::absent(std::vector<VolumeId> ids) {
  std::vector<VolumeId> result;
  for (std::size_t from = 0; from < ids.size(); from += options_.page) {
    const std::size_t to = std::min(ids.size(), from + options_.page);
    const std::vector<VolumeId> page(ids.begin() + static_cast<std::ptrdiff_t>(from),
                                     ids.begin() + static_cast<std::ptrdiff_t>(to));
    const Outcome<std::vector<CnsVolume>> found = co_await deps_.cns.query_volumes(page);
    if (!found) {
      status_.last_error = "read of a page of volumes: " + found.error().detail;
      deps_.log.warn("clean-up of migration objects: {}", status_.last_error);
      continue;
    }
    std::unordered_set<VolumeId> known;
    for (const CnsVolume& volume : *found) known.insert(volume.id);
    for (const VolumeId& id : page) {
      if (known.contains(id)) {
        gone_.erase(id);
      } else {
        result.push_back(id);
      }
    }
  }
  co_return result;
}

asio::awaitable<void> MigrationCleanup::cycle() {
  if (!trustworthy()) co_return;
  status_.last_error.clear();
  const std::vector<MigrationRecord> records = deps_.migrations.all();
  std::unordered_map<VolumeId, MigrationRecord> candidates;
  std::vector<VolumeId> ids;
  for (const MigrationRecord& record : records) {
    if (named(record)) continue;
    const auto [known, fresh] = candidates.emplace(record.id, record);
    if (fresh) ids.push_back(record.id);
    // Several objects may name one volume: they go together, and not before the youngest may.
    known->second.created = std::max(known->second.created, record.created);
  }
  std::erase_if(gone_, [&](const auto& entry) { return !candidates.contains(entry.first); });

  const std::vector<VolumeId> not_in_cns = co_await absent(std::move(ids));
  if (!trustworthy()) co_return;
  std::vector<VolumeId> due;
  for (const VolumeId& id : not_in_cns) {
    Gone& gone = gone_.try_emplace(id, Gone{deps_.clock.now(), 0}).first->second;
    ++gone.cycles;
    if (old_enough(candidates.at(id), gone)) due.push_back(id);
  }
  for (const VolumeId& id : due) {
    const MigrationRecord& record = candidates.at(id);
    co_await remove(record);
  }
  ++status_.cycles;
  status_.waiting = gone_.size();
}

asio::awaitable<void> MigrationCleanup::remove(MigrationRecord record) {
  // The cluster moved on while CNS was read and others were removed.
  if (!trustworthy()) co_return;
  if (named(record)) {
    gone_.erase(record.id);
    co_return;
  }
  const Outcome<> removed = co_await deps_.migrations.remove(record.id);
  if (!removed) {
    status_.last_error = "removal of " + record.id.str() + ": " + removed.error().detail;
    deps_.log.warn("clean-up of migration objects: {}", status_.last_error);
    co_return;
  }
  gone_.erase(record.id);
  ++status_.removed;
  deps_.log.info(
      "removed the migration object volume={} path={}: neither CNS nor the cluster knows it",
      record.id.view(), record.path.view());
}

} // namespace syncer
