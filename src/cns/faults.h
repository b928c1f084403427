// The one place that says what a fault of vCenter means for us.
#pragma once

#include <string_view>

#include "cns/soap.h"
#include "core/cns_objects.h"
#include "core/outcome.h"

namespace syncer {

ErrorKind kind_of_fault(std::string_view type);
CnsFault cns_fault_of(std::string_view type);
// "task failed: CnsFault: <text>".
Error error_of(const SoapFault& fault);
// The method or its argument types are unknown to this server: use an older way.
bool means_unsupported(const SoapFault& fault);
// True for a fault of a *running* operation that leaves open whether it goes on (Timedout,
// RequestCanceled); as the answer of the call itself it is a plain refusal.
bool leaves_open(const SoapFault& fault);

} // namespace syncer
