#include "reconcile/failure_reason.h"

namespace syncer {

const char* to_string(FailureReason reason) {
  switch (reason) {
    case FailureReason::kInvalidArgument:
      return "invalid_argument";
    case FailureReason::kNotFound:
      return "not_found";
    case FailureReason::kNotRegistered:
      return "not_registered";
    case FailureReason::kNoPermission:
      return "no_permission";
    case FailureReason::kOtherFault:
      return "other_fault";
    case FailureReason::kCallFailed:
      return "call_failed";
    case FailureReason::kNoAnswer:
      return "no_answer";
    case FailureReason::kUnreadable:
      return "unreadable";
    case FailureReason::kNotInCns:
      return "not_in_cns";
    case FailureReason::kSecondWriter:
      return "second_writer";
  }
  return "unknown";
}

FailureReason reason_of(CnsFault fault) {
  switch (fault) {
    case CnsFault::kInvalidArgument:
      return FailureReason::kInvalidArgument;
    case CnsFault::kNotFound:
      return FailureReason::kNotFound;
    case CnsFault::kNotRegistered:
      return FailureReason::kNotRegistered;
    case CnsFault::kNoPermission:
      return FailureReason::kNoPermission;
    case CnsFault::kOther:
      return FailureReason::kOtherFault;
    case CnsFault::kNone:
      return FailureReason::kCallFailed;
  }
  return FailureReason::kCallFailed;
}

} // namespace syncer
