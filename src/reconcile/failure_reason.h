#pragma once

#include <array>
#include <cstdint>

#include "core/cns_objects.h"

namespace syncer {

// Why a volume is not in sync, as one of a few words that machines count.
enum class FailureReason : std::uint8_t {
  kInvalidArgument, // CNS refuses what we sent as malformed
  kNotFound,        // CNS says that it has no such volume
  kNotRegistered,   // CNS says that the disk is not registered
  kNoPermission,
  kOtherFault,   // CNS refused with another fault
  kCallFailed,   // the call was answered with an error of another kind
  kNoAnswer,     // the answer was lost
  kUnreadable,   // CNS refuses questions about it
  kNotInCns,     // CNS does not know it yet, and it is too early to register it
  kSecondWriter, // somebody else writes it under our cluster id
};

inline constexpr std::array kFailureReasons = {
    FailureReason::kInvalidArgument, FailureReason::kNotFound,   FailureReason::kNotRegistered,
    FailureReason::kNoPermission,    FailureReason::kOtherFault, FailureReason::kCallFailed,
    FailureReason::kNoAnswer,        FailureReason::kUnreadable, FailureReason::kNotInCns,
    FailureReason::kSecondWriter};

const char* to_string(FailureReason reason);
// Of a call that was refused.
FailureReason reason_of(CnsFault fault);

} // namespace syncer
