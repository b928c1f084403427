#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "core/clock.h"
#include "core/cns_objects.h"
#include "core/fingerprint.h"

namespace syncer {

// The PV and PVC entities in `read` that are another writer's: we neither acknowledged them nor
// want them. Nothing acknowledged: nothing can be told. What we wrote ourselves and no longer want
// (a PV restored, renamed or gone) is drift and not in the answer; nor is a pod, which comes and
// goes.
std::vector<EntityRef> foreign_names(const std::vector<CnsEntity>& read,
                                     const std::vector<EntityRef>& acknowledged,
                                     const std::vector<EntityRef>& desired);

// Finds out that somebody else writes under our cluster id, and keeps two writers from fighting
// without end (design, safety rule 9). A volume is in conflict when it reads back with another
// writer's name in two cycles running although we rewrote it in between. Then it is left alone;
// once it has been quiet for two cycles one write is tried, and if that is overwritten the pause
// doubles. A write of ours that survives two cycles ends the conflict.
class ConflictBook {
 public:
  struct ReadBack {
    std::vector<CnsEntity> read;         // ours by cluster id
    std::vector<EntityRef> acknowledged; // what CNS held by what we knew before this read
    std::vector<EntityRef> desired;      // empty: hands off, nothing is concluded
    bool rewritten = false;              // a write of ours was acknowledged since the last cycle
  };

  // What a cycle found. Cycles are numbered without gaps; further reads in one cycle are ignored.
  void read_back(const VolumeId& id, const ReadBack& back, std::uint64_t cycle,
                 Clock::time_point now);
  // CNS does not have the volume any more, or nobody names it.
  void forget(const VolumeId& id);

  // False for a volume in conflict, except for the one write that is being tried.
  bool may_write(const VolumeId& id) const;
  // A write naming these was sent: if it was the one being tried, no other one may follow before it
  // is known what became of it.
  void wrote(const VolumeId& id, const std::vector<EntityRef>& names);
  // False while any volume is in conflict: nothing may be labelled or unregistered cluster-wide.
  bool negative_decisions_allowed() const { return conflicts_.empty(); }

  std::vector<VolumeId> conflicts() const; // in order of id
  std::string detail() const;              // for people
  // A human settled it: every volume is written again as if nothing had been. Says how many were
  // in conflict.
  std::size_t confirm();

  // Volumes that were not followed because too many already are.
  std::size_t refused() const { return refused_; }

 private:
  enum class State : std::uint8_t {
    kPaused,
    kTrial,   // one write may be sent
    kProving, // it was sent
  };
  struct Conflict {
    State state = State::kPaused;
    std::uint64_t cycle = 0;      // it was last read in
    Fingerprint content;          // and what was read
    std::uint32_t quiet = 0;      // cycles running in which it read back as in the one before
    std::uint32_t survived = 0;   // cycles running without another writer's names
    Clock::time_point since;      // of the present pause
    Clock::duration pause{};      // how long the last one was
    Clock::time_point not_before; // no trial before
    std::vector<EntityRef> ours;  // what we wrote, wanted or not
  };

  void suspect(const VolumeId& id, const ReadBack& back, std::uint64_t cycle,
               Clock::time_point now);
  void follow(const VolumeId& id, const ReadBack& back, std::uint64_t cycle, Clock::time_point now);
  static void step(Conflict& conflict, bool same, bool rewritten, Clock::time_point now);

  std::unordered_map<VolumeId, std::uint64_t> suspects_; // foreign once, in this cycle
  std::unordered_map<VolumeId, Conflict> conflicts_;
  std::uint64_t newest_cycle_ = 0;
  std::size_t refused_ = 0;
};

} // namespace syncer
