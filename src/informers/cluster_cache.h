#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/clock.h"
#include "core/observer.h"
#include "informers/broken_objects.h"
#include "informers/cluster_view.h"
#include "informers/kube_decode.h"
#include "informers/link_list.h"
#include "informers/named_volumes.h"
#include "informers/resource.h"
#include "informers/view_callbacks.h"

namespace syncer {

// What the API server told us, linked by volume: handle or in-tree path -> PVs -> claim -> pods,
// and path -> pods that name it themselves. The reflectors write it; every change that concerns
// what we send is told as `touched`, for the volume the old object led to and for the one the new
// object leads to.
//
// In-tree PVs are followed before CSI takes them over, too: the annotation may come at any time.
// An object is never replaced or removed by news with a lower resourceVersion, except in a list
// begun with `force`. A changed uid under one key is a deletion and an addition.
class ClusterCache final : public ClusterView {
 public:
  ClusterCache(const Clock& clock, Observer& observer, ViewCallbacks callbacks);

  VolumeFacts facts(const VolumeId& id) const override;
  VolumeFacts in_tree_facts(const InternedString& path) const override;
  std::vector<VolumeId> volumes() const override;
  std::vector<InternedString> in_tree_paths() const override;
  bool in_tree_path_named(const InternedString& path) const override {
    return by_path_.contains(path) || inline_marked(path);
  }
  std::vector<Uid> pending_claims() const override;
  std::vector<Pod> pods_of_claim(const ObjectKey& claim) const override;
  std::size_t volume_count() const override { return by_handle_.size(); }
  bool synced() const override;
  bool complete() const override;

  // What comes next of this resource comes from that cluster (empty: it cannot be told). True: what
  // we have came from another one, so only a forced list can put it right. The view went back then,
  // and also when another resource came from a different cluster.
  bool answered_by(Resource resource, const Uid& cluster);
  // Everything that existed follows as `put`s; what was not put again until `end_list` is gone. A
  // list given up is simply begun again.
  void begin_list(Resource resource, bool force);
  void end_list(Resource resource);
  // An object of a list or of an ADDED or MODIFIED event; a broken one leaves its last good version
  // in place, marked.
  void put(Resource resource, DecodedObject decoded);
  // A DELETED event; its object may be broken as long as it has a name.
  void remove(Resource resource, const DecodedObject& decoded);

  const BrokenObjects& broken(Resource resource) const { return broken_[resource]; }
  // A broken object of that key is waiting for a good version.
  bool is_marked(Resource resource, std::string_view ns, std::string_view name) const;
  // An object without a readable name came since the last clean list.
  bool unclear(Resource resource) const { return state_[resource].unclear; }

  // What a human means by this name: namespace/claim, a PV's name, a handle or an in-tree path.
  NamedVolumes named(std::string_view name) const;

  // The last pod that named the path itself went by a readable DELETED event, or lost the volume by
  // a change; not because a list lacks it. Remembered for a limited number of paths.
  bool inline_removal_observed(const InternedString& path) const {
    return seen_to_go_.contains(path);
  }

  // The list of this resource has reached the resourceVersion of a quorum read.
  void reached_quorum(Resource resource);
  // The server's state went back in time, or is another cluster's. Until a human confirms it
  // nothing may be taken away, entities of claims and pods included.
  void went_back() { went_back_ = true; }
  bool has_gone_back() const { return went_back_; }
  void confirm_view();

  bool synced(Resource resource) const { return state_[resource].synced; }
  bool quorum(Resource resource) const { return state_[resource].quorum; }
  std::size_t objects(Resource resource) const;

 private:
  struct VolumeEntry {
    PersistentVolume pv;
    Clock::time_point linked_at; // since when its claimRef names this claim
    std::uint32_t generation = 0;
  };
  struct PodEntry {
    Pod pod;
    std::uint32_t generation = 0;
  };
  // A claim, and what names it whether it exists or not.
  struct ClaimSlot {
    std::optional<Claim> claim;
    LinkList<VolumeEntry> volumes;
    LinkList<PodEntry> pods;
    Clock::time_point changed_at; // when the claim last appeared, vanished or changed its uid
    std::uint32_t generation = 0;
    bool removal_observed = false; // the last claim went by an event, not by a list without it
    bool unused() const { return !claim && volumes.empty() && pods.empty(); }
  };
  // What an in-tree path leads to. A cluster without in-tree volumes has none.
  struct PathSlot {
    LinkList<VolumeEntry> volumes;
    LinkList<PodEntry> pods; // that name the path in their own spec
    bool unused() const { return volumes.empty() && pods.empty(); }
  };
  struct State {
    std::uint32_t generation = 0;
    bool listing = false;
    bool force = false;
    bool nameless_in_list = false;
    bool synced = false;
    bool quorum = false;
    bool unclear = false;
    Uid cluster;
  };

  void put_volume(PersistentVolume&& pv);
  void put_claim(Claim&& claim);
  void put_pod(Pod&& pod);
  // The object is not there any more. `deleted`: the DELETED event that says so; none: a list lacks
  // it, or it is not our business any more.
  void erase(Resource resource, const ObjectKey& key, const DecodedObject* deleted);
  void erase_volume(const ObjectKey& key, const DecodedObject* deleted);
  void erase_claim(const ObjectKey& key, const DecodedObject* deleted);
  void erase_pod(const ObjectKey& key, const DecodedObject* deleted);
  void note_inline_removal(const Pod& pod, bool observed);
  void replace_volume(VolumeEntry& entry, PersistentVolume&& pv);
  void link_key(VolumeEntry& entry);
  void unlink_key(VolumeEntry& entry, const VolumeKey& key);
  void link_claim(VolumeEntry& entry);
  void unlink_claim(VolumeEntry& entry, const ObjectKey& claim);
  void link(PodEntry& entry);
  void unlink(PodEntry& entry, const Pod& pod);
  void drop_if_unused(const ObjectKey& key);
  void drop_if_unused(const InternedString& path);

  std::optional<std::uint64_t> version_of(Resource resource, const ObjectKey& key) const;
  void begin_versions_anew(Resource resource, const ObjectKey& key, std::uint64_t version);
  void seen(Resource resource, const ObjectKey& key);
  bool stale(Resource resource, const ObjectKey& key, std::uint64_t version) const;
  void note_broken(Resource resource, const ObjectKey& key, const DecodedObject& decoded);
  void sweep(Resource resource);
  void count(Resource resource) const;
  void update_completeness();
  bool settling() const;

  void touch(const VolumeEntry& entry, ChangeKind kind) const;
  void touch(const ClaimSlot& slot, ChangeKind kind) const;
  void touch_volumes_of(const Pod& pod) const;
  void touch_marked(Resource resource, const ObjectKey& key) const;

  VolumeFacts empty_facts() const;
  BoundVolume bound(const VolumeEntry& entry) const;
  // The claim that claimRef means, if it is there.
  const Claim* bound_claim(const VolumeEntry& entry) const;
  // An in-tree PV that CSI has taken over, as it or its claim says.
  bool handed_over(const VolumeEntry& entry) const;
  bool has_facts(const PathSlot& slot) const;
  bool marked(const VolumeEntry& entry) const;
  // A broken pod may name the path in its own spec.
  bool inline_marked(const InternedString& path) const;

  const Clock& clock_;
  Observer& observer_;
  ViewCallbacks callbacks_;

  std::unordered_map<ObjectKey, VolumeEntry> volumes_;
  std::unordered_map<ObjectKey, ClaimSlot> claims_;
  std::unordered_map<ObjectKey, PodEntry> pods_;
  std::unordered_map<VolumeId, LinkList<VolumeEntry>> by_handle_;
  std::unordered_map<InternedString, PathSlot> by_path_;
  std::unordered_set<InternedString> seen_to_go_; // see inline_removal_observed
  std::size_t claim_count_ = 0;                   // claims_ also holds slots without a claim

  PerResource<State> state_;
  PerResource<BrokenObjects> broken_;
  bool went_back_ = false;
  std::optional<Clock::time_point> mass_loss_at_;   // a list lacked very many claims or pods
  std::optional<Clock::time_point> complete_since_; // the first time it was
};

} // namespace syncer
