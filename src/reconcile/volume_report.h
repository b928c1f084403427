#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/cns_objects.h"
#include "reconcile/desired.h"
#include "reconcile/failure_reason.h"
#include "reconcile/ledger.h"
#include "reconcile/resync_book.h"
#include "reconcile/work_queue.h"

namespace syncer {

// Why a volume is not in sync, for people.
struct VolumeFailure {
  std::string detail;
  Clock::time_point since;
  bool parked = false;    // not tried again until its facts change or the next full sync
  bool invalid = false;   // CNS refused what we sent as invalid since the volume last was in sync
  std::string trace = {}; // of the last try, see Error
  FailureReason reason = FailureReason::kCallFailed; // of the last try
  std::uint32_t attempts = 0;                        // that failed since it last was in sync
};

// Everything that the reconciler knows of one volume now.
struct VolumeReport {
  VolumeFacts facts;
  Desired desired;
  std::optional<LedgerEntry> ledger; // none: not read from CNS yet
  std::vector<CnsUpdate> plan;       // what the record leads to; none unless the record is known
  WorkQueue::Standing queue;
  std::optional<VolumeFailure> failure;
  std::optional<ResyncBook::Look> resync;
  bool in_conflict = false;
  bool leads = true; // writes are allowed now
  // No call is made before: vCenter did not answer.
  std::optional<Clock::time_point> outage_until;
};

// In one sentence how the volume stands.
std::string verdict_of(const VolumeReport& report);
// What keeps it from being written now, one sentence each.
std::vector<std::string> held_by(const VolumeReport& report, Clock::time_point now);

// One volume of CNS against what it should hold.
struct VolumeComparison {
  enum class Result : std::uint8_t {
    kSame,
    kHandsOff, // nobody may write for it, whatever CNS holds
    kUnnamed,  // only CNS knows it
    kDiffers,
    kAbsent, // CNS does not have it
  };
  Result result = Result::kSame;
  bool queued = false; // somebody will look at it, or does
  struct Change {
    char sign = '+'; // '+' is missing in CNS, '-' should not be there, '~' has another content
    EntityRef ref;
    std::string detail; // of '~': which labels
  };
  std::vector<Change> changes; // kDiffers only
};

// What `plan` changes in these entities.
std::vector<VolumeComparison::Change> changes_of(const std::vector<CnsUpdate>& plan,
                                                 const std::vector<CnsEntity>& held);

} // namespace syncer
