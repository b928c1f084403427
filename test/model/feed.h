#pragma once

#include <array>
#include <deque>
#include <string>

#include "informers/cluster_cache.h"
#include "truth.h"

namespace syncer::model {

// What the three reflectors of one process do: they bring the API server's changes to the cache,
// late, with gaps, and by lists. Keeps a plain copy of what it has told, for the checks: it knows
// what the process may know.
class Feed {
 public:
  Feed(const Truth& truth, ClusterCache& cache, const Clock& clock)
      : truth_(truth), cache_(cache), clock_(clock) {}

  // The API server tells a change. Lost while the watch of that resource is down.
  void push(const Event& event);
  // Up to so many of the changes that wait.
  void deliver(Resource resource, std::size_t most);
  // The watch is down: what happens from now on is found out by the next list.
  void lose(Resource resource);
  // One event arrives in sound framing but without a readable name.
  void deliver_nameless(Resource resource);
  void relist(Resource resource);
  // A list that comes from an older server: it is noticed at its end, and given up.
  void stale_list(Resource resource, const Truth::Snapshot& old);
  // The server's state went back: every watch is down until its forced list.
  void server_went_back();
  void confirm();

  bool watching(Resource resource) const { return state(resource).watching; }
  std::size_t waiting(Resource resource) const { return state(resource).queue.size(); }
  // Nothing is under way and nothing broken: the view is what the API server has.
  bool caught_up() const;
  // By our own book-keeping, the view may be used to take something away.
  bool sound() const { return why_unsound().empty(); }
  bool went_back() const { return went_back_; }

  const Objects& seen() const { return seen_; }
  bool marked(Resource resource, const Key& key) const {
    return state(resource).broken.contains(key);
  }
  // The claim left the view, and a readable DELETED event said so.
  bool removal_observed(const Key& claim) const { return observed_claims_.contains(claim); }

  // Whether a path leads to a volume now. Without a link nobody knows what it names.
  std::function<bool(const InternedString&)> linked = [](const InternedString&) { return true; };
  // When the last object that names this handle or linked path left the view, or was replaced.
  Time left_at(const InternedString& name) const {
    const auto found = left_.find(name);
    return found == left_.end() ? Time() : found->second;
  }
  std::string why_unsound() const;

  struct SeenDeletion {
    PersistentVolume last;
    bool claim_known = false; // its claim was in the view
    Time at;
  };
  // PVs whose deletion an event told, oldest first.
  const std::vector<SeenDeletion>& deletions() const { return deletions_; }

 private:
  struct State {
    std::deque<Event> queue;
    bool watching = false;
    bool listed = false;
    bool force = false; // the next list may put older objects in the place of newer ones
    bool unclear = false;
    std::map<Key, std::uint64_t> broken;
  };
  State& state(Resource resource) { return states_[resource]; }
  const State& state(Resource resource) const { return states_[resource]; }

  void give(const Event& event, bool force, bool by_list);
  void give_deleted(const Event& event);
  void note_deleted_pv(const Key& key, const DecodedObject& object);
  void begin_versions_anew(Resource resource, const Key& key, std::uint64_t version);
  bool older(Resource resource, const Key& key, const DecodedObject& object) const;
  void leave(Resource resource, const Key& key);
  void forget(Resource resource, const Key& key);

  const Truth& truth_;
  ClusterCache& cache_;
  const Clock& clock_;
  PerResource<State> states_;
  bool went_back_ = false;
  Objects seen_;
  std::set<Key> observed_claims_;
  std::map<InternedString, Time> left_;
  std::vector<SeenDeletion> deletions_;
};

} // namespace syncer::model
