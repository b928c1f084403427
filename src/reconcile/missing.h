#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "reconcile/departures_agenda.h"
#include "reconcile/endings.h"

namespace syncer {

struct MissingOptions {
  bool enabled = false; // off: volumes are followed and counted, none is ever due
  Clock::duration between_cycles{std::chrono::minutes(5)};
  Clock::duration min_age{std::chrono::minutes(30)}; // since first seen missing
};

// Which volumes get the label pv_missing, and when (design, safety rule 5). Fed with what each full
// sync of one vCenter found; keeps nothing of a volume that came back or left CNS, so that it never
// holds more than CNS does.
//
// Too many missing volumes at once say that something else is wrong: then nothing is labelled until
// a human confirms the set of volumes that is missing by then. Nothing else releases them.
class MissingBook {
 public:
  explicit MissingBook(MissingOptions options) : options_(options) {}

  // A cycle ended at `now`. One that is not complete changes nothing.
  void cycle(const CycleFindings& findings, Clock::time_point now);

  // The label may be written now.
  bool due(const VolumeId& id, Clock::time_point now) const;
  // Those that are due, or will be without another cycle.
  Agenda agenda() const;

  // CNS acknowledged the label, or showed it.
  void labelled(const VolumeId& id);
  // A label was sent and its end will be unknown until then. The volume is in doubt, so that cycles
  // may not list it: it is not forgotten for that.
  void lost(const VolumeId& id, Clock::time_point until);
  // A PV or a pod names the volume again, or CNS does not have it any more.
  void forget(const VolumeId& id) { entries_.erase(id); }

  bool follows(const VolumeId& id) const { return entries_.contains(id); }
  struct Standing {
    Clock::time_point first_seen;
    bool labelled = false;
    bool held = false; // its time has come, but nothing may be done
  };
  std::optional<Standing> standing(const VolumeId& id, Clock::time_point now) const;

  bool mass() const { return mass_; }
  std::string mass_detail() const; // for people
  // What `confirm` would release, in order of id: missing, not labelled and not yet confirmed.
  std::vector<VolumeId> unconfirmed() const;
  // A human saw the condition: exactly these volumes may be labelled, each once and not before its
  // time. Says how many. Without the condition there is nothing to confirm.
  std::size_t confirm();

  struct Counts {
    std::size_t missing = 0;  // all of them, labelled or not
    std::size_t labelled = 0; // of those
    std::size_t held = 0;     // whose time has come, but nothing may be done
  };
  Counts counts(Clock::time_point now) const;

 private:
  struct Entry {
    Clock::time_point first_seen;
    bool confirmed = false; // by a second cycle, far enough from the first
    bool labelled = false;
    bool released = false; // by a human
    // Labelled since the last cycle: what the next one has read may be older.
    bool labelled_since = false;
    std::optional<Clock::time_point> lost_until;
  };

  bool ripe(const Entry& entry, Clock::time_point now) const;
  bool allowed(const Entry& entry) const { return options_.enabled && (!mass_ || entry.released); }
  void judge(const CycleFindings& findings);

  MissingOptions options_;
  std::unordered_map<VolumeId, Entry> entries_;
  bool mass_ = false;
  std::size_t cns_volumes_ = 0;     // of the last complete cycle
  std::size_t claims_lost_ = 0;     // of that cycle, without those confirmed
  std::size_t claims_released_ = 0; // confirmed by a human, and still reported
};

} // namespace syncer
