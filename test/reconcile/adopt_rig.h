// A vCenter that several clusters share, one CnsApi for each, and the real Adopt on fake time.
#pragma once

#include <gmock/gmock.h>
#include <spdlog/logger.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fakes/fake_clock.h"
#include "fakes/fake_leadership.h"
#include "fakes/fake_view.h"
#include "reconcile/adopt.h"

namespace syncer {

// Entities by volume and cluster. A block volume keeps one of a kind for each cluster.
struct SharedCns {
  struct Volume {
    CnsVolumeType type = CnsVolumeType::kBlock;
    std::map<std::string, std::vector<CnsEntity>> clusters;
  };
  std::map<VolumeId, Volume> volumes;
  std::size_t label_limit = 0;

  std::vector<CnsEntity>& of(const std::string& cluster, const VolumeId& id) {
    return volumes[id].clusters[cluster];
  }
};

class ClusterCns final : public CnsApi {
 public:
  ClusterCns(SharedCns& shared, Clock& clock, std::string cluster)
      : shared_(shared), clock_(clock), cluster_(std::move(cluster)) {}

  std::vector<CnsUpdate> updates;
  std::size_t pages = 0;
  std::optional<Error> read_error;
  std::map<VolumeId, WriteResult> refused;     // updates of these end so and do nothing
  std::function<void(const CnsUpdate&)> after; // each applied update

  asio::awaitable<Outcome<std::vector<VolumeId>>> query_ids() override {
    std::vector<VolumeId> ids;
    for (const auto& [id, volume] : shared_.volumes) {
      if (volume.clusters.contains(cluster_)) ids.push_back(id);
    }
    if (read_error) co_return *read_error;
    co_return std::move(ids);
  }
  asio::awaitable<Outcome<std::vector<CnsVolume>>> query_volumes(
      std::vector<VolumeId> ids) override {
    ++pages;
    if (read_error) co_return *read_error;
    std::vector<CnsVolume> answers;
    for (const VolumeId& id : ids) {
      const auto found = shared_.volumes.find(id);
      if (found == shared_.volumes.end()) continue;
      CnsVolume& volume = answers.emplace_back();
      volume.id = id;
      volume.type = found->second.type;
      const auto ours = found->second.clusters.find(cluster_);
      volume.has_our_cluster = ours != found->second.clusters.end();
      if (volume.has_our_cluster) volume.entities = ours->second;
    }
    co_return std::move(answers);
  }
  asio::awaitable<WriteResult> update(CnsUpdate call) override {
    updates.push_back(call);
    co_await clock_.sleep_until(clock_.now() + std::chrono::seconds(1));
    const auto refusal = refused.find(call.id);
    if (refusal != refused.end()) co_return refusal->second;
    WriteResult result;
    result.fault = apply(call);
    result.end = result.fault == CnsFault::kNone ? WriteEnd::kAcknowledged : WriteEnd::kRefused;
    if (result.end == WriteEnd::kRefused)
      result.error = {ErrorKind::kRejected, "against the rules"};
    if (after) after(call);
    co_return result;
  }
  asio::awaitable<CreateResult> create(CnsCreate) override {
    ADD_FAILURE() << "adopt creates nothing";
    co_return CreateResult();
  }
  asio::awaitable<WriteResult> unregister(VolumeId) override {
    ADD_FAILURE() << "adopt unregisters nothing";
    co_return WriteResult();
  }

 private:
  CnsFault apply(const CnsUpdate& call) {
    const auto found = shared_.volumes.find(call.id);
    if (found == shared_.volumes.end()) return CnsFault::kNotFound;
    if (call.upserts.empty() && call.removals.empty()) return CnsFault::kInvalidArgument;
    const bool one_of_a_kind = found->second.type != CnsVolumeType::kFile;
    std::map<EntityKind, int> named;
    for (const EntityRef& ref : call.removals) ++named[ref.kind];
    for (const CnsEntity& entity : call.upserts) {
      ++named[entity.ref.kind];
      if (shared_.label_limit > 0 && entity.labels.size() > shared_.label_limit)
        return CnsFault::kInvalidArgument;
    }
    for (const auto& [kind, count] : named) {
      if (one_of_a_kind && count > 1) return CnsFault::kInvalidArgument;
    }
    std::vector<CnsEntity>& entities = found->second.clusters[cluster_];
    const auto forget = [&](const EntityRef& ref) {
      std::erase_if(entities, [&](const CnsEntity& entity) { return entity.ref == ref; });
    };
    for (const EntityRef& ref : call.removals) forget(ref);
    for (const CnsEntity& entity : call.upserts) {
      forget(entity.ref);
      entities.push_back(entity);
    }
    if (entities.empty()) found->second.clusters.erase(cluster_);
    return CnsFault::kNone;
  }

  SharedCns& shared_;
  Clock& clock_;
  std::string cluster_;
};

class AdoptRig : public testing::Test {
 protected:
  AdoptRig() {
    options.our_id = "new";
    options.old_id = "old";
    options.dry_run = false;
  }

  // A volume with a PV here, as OLD left it.
  BoundVolume& left_by_old(const VolumeId& id) {
    const std::string name = id.str();
    shared.of("old", id) = {pv_entity("pv-" + name), claim_entity("claim-" + name, "pv-" + name),
                            pod_entity("pod-of-old", "claim-" + name)};
    return view.volume(id);
  }
  void begin() {
    ended = false;
    result.reset();
    Adopt::Deps deps{io.get_executor(), view, ours, old, clock, leader, log};
    adopt = std::make_unique<Adopt>(deps, options, [this](const Adopt::Progress& progress) {
      phases.push_back(progress.phase);
    });
    asio::co_spawn(io, adopt->run(),
                   [this](const std::exception_ptr& failure, Outcome<AdoptReport> outcome) {
                     if (failure) std::rethrow_exception(failure);
                     ended = true;
                     result = std::move(outcome);
                   });
    clock.settle();
  }
  // To the end.
  AdoptReport run() {
    begin();
    clock.advance(std::chrono::hours(1));
    EXPECT_TRUE(ended);
    EXPECT_TRUE(result.has_value() && *result);
    return ended && *result ? result->value() : AdoptReport();
  }
  static const AdoptRow& row(const AdoptReport& report, const VolumeId& id) {
    static const AdoptRow none;
    for (const AdoptRow& row : report.rows) {
      if (row.id == id) return row;
    }
    ADD_FAILURE() << "no row of " << id.view();
    return none;
  }
  std::vector<CnsEntity> wanted(const VolumeId& id) const {
    const std::string name = id.str();
    return {pv_entity("pv-" + name), claim_entity("claim-" + name, "pv-" + name)};
  }

  asio::io_context io;
  FakeClock clock{io};
  FakeView view;
  FakeLeadership leader;
  SharedCns shared;
  ClusterCns ours{shared, clock, "new"};
  ClusterCns old{shared, clock, "old"};
  spdlog::logger log{"test"};
  AdoptOptions options;
  std::vector<Adopt::Progress::Phase> phases;
  std::unique_ptr<Adopt> adopt;
  bool ended = false;
  std::optional<Outcome<AdoptReport>> result;
};

} // namespace syncer
