#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "cns/cns_api.h"
#include "core/backoff.h"
#include "core/conditions.h"
#include "core/events.h"
#include "core/leadership.h"
#include "core/random.h"
#include "informers/cluster_view.h"
#include "informers/quorum_reads.h"
#include "reconcile/endings.h"
#include "reconcile/missing.h"
#include "reconcile/unregister.h"

namespace spdlog {
class logger;
}

namespace syncer {

struct DepartureOptions {
  std::string vcenter; // whose conditions these are
  MissingOptions missing;
  UnregisterOptions unregister;
  // --policy=upsert-only: as if both were switched off.
  bool upsert_only = false;
  // How long one list of VolumeAttachments serves the volumes that end together.
  Clock::duration attachments_for{std::chrono::seconds(5)};
  // How long a lost call may still do something.
  Clock::duration late_task_window{std::chrono::seconds(300)};
  Backoff backoff{std::chrono::seconds(1), std::chrono::minutes(5)};
};

// What becomes of the volumes of one vCenter that nothing in the cluster names any more (design,
// safety rules 1, 3 and 5): unregistered when their PV was seen to be deleted and every condition
// holds at that time, labelled pv_missing otherwise, and nothing at all while that is switched off
// or held.
//
// A condition for unregistering that fails ends it for good; the volume is left to pv_missing. What
// could not be found out is tried again, each volume by itself.
class Departures final : public Endings {
 public:
  struct Deps {
    const ClusterView& view;
    QuorumReads& kube;
    CnsApi& cns;
    const Leadership& leadership;
    Clock& clock;
    Conditions& conditions;
    EventSink& events;
    spdlog::logger& log;
    Random random;
    // Something names the volume that view.facts(id) does not show: an in-tree PV or pod by its
    // path. None: nothing does.
    std::function<bool(const VolumeId&)> named = nullptr;
    // A lost call of somebody else may still change the volume: it is left alone for a late-task
    // window. None: none may.
    std::function<bool(const VolumeId&)> in_doubt = nullptr;
    // Nothing stands against taking something away cluster-wide (see ConflictBook). None: nothing
    // does.
    std::function<bool()> allowed = nullptr;
  };

  Departures(Deps deps, DepartureOptions options);
  Departures(const Departures&) = delete;
  Departures& operator=(const Departures&) = delete;

  bool due(const VolumeId& id) const override;
  asio::awaitable<Result> end(VolumeId id) override;

  // A full-sync cycle ended. Afterwards `agenda` says which volumes to look at.
  void cycle(const CycleFindings& findings);
  // A PV of the volume is gone from the view. `last`: what it was; `observed`: by a watch DELETED
  // event. Must be told of every deletion. Says when the volume is worth a look.
  std::optional<Clock::time_point> volume_deleted(const VolumeId& id, const BoundVolume& last,
                                                  bool observed);
  // A PV (or an in-tree pod) names the volume again. Must be told at once.
  void volume_named(const VolumeId& id);
  // Something about the volume changed: says `volume_named` if something names it now, be it a PV
  // that is not ours.
  void touched(const VolumeId& id) {
    if (named(id)) volume_named(id);
  }
  // A PV or pod names a path that is not linked: what was seen to go from there may be back.
  void path_named(const InternedString& path) { unregister_.drop_path(path); }
  // Feature state improved-volume-visibility.
  void retain(bool on);
  Agenda agenda() const;

  // The volumes that the condition holds, and their release by a human (see the books).
  std::vector<VolumeId> unconfirmed_missing() const { return missing_.unconfirmed(); }
  std::vector<VolumeId> unconfirmed_unregister() const { return unregister_.unconfirmed(); }
  std::size_t confirm_missing();
  std::size_t confirm_unregister();
  // MassMissing stands: claims that vanished in a relist are not to be taken off either.
  bool mass_missing() const { return missing_.mass(); }

  // What is known and intended of one volume, for people.
  struct Standing {
    std::optional<MissingBook::Standing> missing;
    std::optional<UnregisterBook::Standing> unregister;
    bool unregistered = false; // by this process
    std::string last_error;
    bool known() const { return missing || unregister || unregistered; }
  };
  Standing standing(const VolumeId& id) const;

  // This process took the volume out of CNS; the oldest are forgotten.
  bool unregistered_here(const VolumeId& id) const { return gone_.contains(id); }

  struct Counts {
    MissingBook::Counts missing;
    UnregisterBook::Counts unregister;
    // Ever, by this process.
    std::size_t labelled = 0;
    std::size_t unregistered = 0;
    std::size_t given_up = 0;
  };
  Counts counts() const;

 private:
  // Of one condition, or of several.
  struct Check {
    enum class Verdict {
      kHolds,
      kFails,   // given up for good
      kUnknown, // a read failed
      kSoon,    // somebody is finding out
    };
    Verdict verdict = Verdict::kHolds;
    std::string reason;
    std::optional<EventTarget> about;
  };
  // Of a volume that could not be dealt with.
  struct Attempt {
    std::uint32_t failures = 0;
    Clock::time_point not_before;
    std::string detail;
    bool stripped = false; // our entities on the share are gone
    bool sent = false;     // an unregistration, whatever became of it
    // `not_before` is the end of a doubt. Whoever told of it may not have noticed that it is over.
    bool waited_out = false;
  };

  bool named(const VolumeId& id) const;
  bool label_due(const VolumeId& id) const;
  std::optional<Clock::time_point> wait_for_leave() const;
  std::optional<Clock::time_point> wait_for_turn(const VolumeId& id);
  void tell_conditions();

  asio::awaitable<Result> unregister(VolumeId id);
  asio::awaitable<Check> check_cluster(VolumeId id, std::vector<UnregisterBook::DepartedPv> pvs);
  asio::awaitable<Outcome<bool>> list_attachments();
  Check check_view(const VolumeId& id, const std::vector<UnregisterBook::DepartedPv>& pvs) const;
  std::optional<Result> unless(const VolumeId& id, const Check& check);
  std::optional<Result> unless_still_due(const VolumeId& id, std::uint64_t term,
                                         const std::vector<UnregisterBook::DepartedPv>& pvs);
  asio::awaitable<Outcome<std::optional<CnsVolume>>> read(VolumeId id);
  Result unregistered(const VolumeId& id);
  Result give_up(const VolumeId& id, const Check& why);

  asio::awaitable<Result> label(VolumeId id);
  asio::awaitable<WriteResult> write_label(CnsUpdate update);
  Result labelled(const VolumeId& id, bool written);

  Result retry(const VolumeId& id, const std::string& detail);
  Result lost(const VolumeId& id, const WriteResult& write);
  void remember_gone(const VolumeId& id);

  Deps deps_;
  DepartureOptions options_;
  MissingBook missing_;
  UnregisterBook unregister_;
  std::unordered_map<VolumeId, Attempt> attempts_;
  bool labels_limited_ = false; // this vCenter took a cut set after refusing the full one
  std::size_t labelled_ = 0;
  std::size_t unregistered_ = 0;
  std::size_t given_up_ = 0;

  // Names of PVs that some VolumeAttachment named, when it was asked.
  std::unordered_set<std::string> attached_;
  std::optional<Clock::time_point> attached_at_;
  bool listing_ = false;

  std::unordered_set<VolumeId> gone_;
  std::deque<VolumeId> gone_order_;
};

} // namespace syncer
