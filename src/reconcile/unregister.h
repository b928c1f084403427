#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "reconcile/departures_agenda.h"

namespace syncer {

struct UnregisterOptions {
  bool enabled = false; // off: deletions are recorded and counted, none is ever due
  Clock::duration grace{std::chrono::minutes(5)};
  Clock::duration window{std::chrono::minutes(10)}; // in which too many are too many
  std::size_t most_candidates = 10'000;
};

// Why the deletion of a PV does not make its volume a candidate.
enum class KeptBecause : std::uint8_t {
  kNothing,        // it does make it one
  kControllerOwns, // a Delete-policy PV on its way out belongs to the CSI controller
  kUnobserved,     // found out by a list: nobody knows when or how it went
  kProvisioned,    // neither a Retain nor a static PV
};
const char* to_string(KeptBecause reason);

// `last` is the PV's last state. `observed`: a watch DELETED event told it.
KeptBecause kept_because(const BoundVolume& last, bool observed, Clock::time_point now);

// Which volumes may be unregistered, and when (design, safety rule 5.3): those whose PV's deletion
// was observed in the present leadership term. What is decided when the time has come is the
// caller's matter; here is what has to wait, what is held, and what is off.
class UnregisterBook {
 public:
  struct DepartedPv {
    InternedString name;
    ObjectKey claim; // the one it was bound to; empty name: none
    InternedString in_tree_path = {};
  };
  // All that named the volume and was seen to go; several PVs on a file share only.
  struct Candidate {
    std::vector<DepartedPv> volumes;
    Clock::time_point due_at;
    bool released = false; // by a human
  };

  explicit UnregisterBook(UnregisterOptions options) : options_(options) {}

  // A PV of this volume was deleted. A later term than the last one forgets everything of that.
  // The deletion of a second PV that is no reason to unregister takes the volume off.
  KeptBecause deleted(const VolumeId& id, const BoundVolume& last, bool observed,
                      std::uint64_t term, Clock::time_point now);
  // A PV names the volume again, the volume has left CNS, or a condition failed: for good.
  void drop(const VolumeId& id) { candidates_.erase(id); }
  // The same, when only the path of a PV that was seen to go is known.
  void drop_path(const InternedString& path);
  // Feature state improved-volume-visibility: nothing is unregistered, nothing recorded.
  void retain(bool on);
  // With our cluster id, of the last complete cycle.
  void cns_volumes(std::size_t count) { cns_volumes_ = count; }

  // Null when the deletion was not observed in `term`.
  const Candidate* find(const VolumeId& id, std::uint64_t term) const;
  bool due(const VolumeId& id, std::uint64_t term, Clock::time_point now) const;
  std::vector<VolumeId> volumes() const; // all candidates
  struct Standing {
    Clock::time_point due_at;
    bool held = false; // its time has come or will come, but nothing may be done
  };
  std::optional<Standing> standing(const VolumeId& id) const;
  // Those that are due, or will be without anything else happening.
  Agenda agenda(std::uint64_t term) const;

  bool mass() const { return mass_; }
  std::string mass_detail() const; // for people
  // What `confirm` would release, in order of id.
  std::vector<VolumeId> unconfirmed() const;
  // A human saw the condition: exactly these volumes go on. Says how many. Without the condition
  // there is nothing to confirm.
  std::size_t confirm();

  struct Counts {
    std::size_t candidates = 0;
    std::size_t held = 0;    // whose time has come, but nothing may be done
    std::size_t refused = 0; // deletions beyond `most_candidates`, ever
  };
  Counts counts(Clock::time_point now) const;

 private:
  bool allowed(const Candidate& candidate) const {
    return options_.enabled && (!mass_ || candidate.released);
  }
  void begin_term(std::uint64_t term);
  void count_arrival(const VolumeId& id, Clock::time_point now);

  UnregisterOptions options_;
  std::uint64_t term_ = 0;
  bool retain_ = false;
  bool mass_ = false;
  std::size_t cns_volumes_ = 0;
  std::size_t refused_ = 0;
  std::unordered_map<VolumeId, Candidate> candidates_;
  // When each volume of the last window became a candidate; none while `mass_` stands.
  std::unordered_map<VolumeId, Clock::time_point> arrivals_;
};

} // namespace syncer
