#include "cns/faults.h"

namespace syncer {

namespace {

struct FaultRow {
  std::string_view type;
  ErrorKind kind;
  CnsFault fault;
};

constexpr FaultRow kFaults[] = {
    {"NotAuthenticated", ErrorKind::kUnauthenticated, CnsFault::kOther},
    {"InvalidLogin", ErrorKind::kUnauthenticated, CnsFault::kOther},
    {"NoPermission", ErrorKind::kRejected, CnsFault::kNoPermission},
    {"InvalidArgument", ErrorKind::kRejected, CnsFault::kInvalidArgument},
    {"InvalidRequest", ErrorKind::kRejected, CnsFault::kOther},
    {"InvalidType", ErrorKind::kRejected, CnsFault::kOther},
    {"InvalidProperty", ErrorKind::kRejected, CnsFault::kOther},
    {"MethodNotFound", ErrorKind::kRejected, CnsFault::kOther},
    {"NotSupported", ErrorKind::kRejected, CnsFault::kOther},
    {"NotFound", ErrorKind::kNotFound, CnsFault::kNotFound},
    {"CnsVolumeNotFoundFault", ErrorKind::kNotFound, CnsFault::kNotFound},
    {"CnsNotRegisteredFault", ErrorKind::kNotFound, CnsFault::kNotRegistered},
    {"CnsAlreadyRegisteredFault", ErrorKind::kRejected, CnsFault::kOther},
    {"ManagedObjectNotFound", ErrorKind::kStale, CnsFault::kOther},
    {"InvalidCollectorVersion", ErrorKind::kStale, CnsFault::kOther},
};

const FaultRow* row_of(std::string_view type) {
  for (const FaultRow& row : kFaults) {
    if (row.type == type) return &row;
  }
  return nullptr;
}

std::string_view place_name(FaultPlace place) {
  switch (place) {
    case FaultPlace::kCall:
      return "refused: ";
    case FaultPlace::kTask:
      return "task failed: ";
    case FaultPlace::kVolume:
      return "volume failed: ";
  }
  return "";
}

} // namespace

ErrorKind kind_of_fault(std::string_view type) {
  if (const FaultRow* row = row_of(type)) return row->kind;
  // A type of a newer release: its name says enough.
  if (type.starts_with("Cns") && type.find("NotFound") != std::string_view::npos)
    return ErrorKind::kNotFound;
  return ErrorKind::kTransient;
}

CnsFault cns_fault_of(std::string_view type) {
  const FaultRow* row = row_of(type);
  return row == nullptr ? CnsFault::kOther : row->fault;
}

Error error_of(const SoapFault& fault) {
  Error error;
  error.kind = kind_of_fault(fault.type);
  error.detail = place_name(fault.place);
  error.detail += fault.type.empty() ? std::string_view("fault without a type") : fault.type;
  if (!fault.text.empty()) error.detail += ": " + fault.text;
  error.trace = fault.trace;
  return error;
}

bool means_unsupported(const SoapFault& fault) {
  return fault.type == "MethodNotFound" || fault.type == "InvalidRequest" ||
         fault.type == "NotSupported" || fault.type == "InvalidType";
}

bool leaves_open(const SoapFault& fault) {
  return fault.place != FaultPlace::kCall &&
         (fault.type == "Timedout" || fault.type == "RequestCanceled");
}

} // namespace syncer
