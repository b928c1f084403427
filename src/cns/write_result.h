// Turns each way an update can end into a WriteResult. Pure.
#pragma once

#include "cns/cns_codec.h"
#include "cns/task_book.h"
#include "core/cns_objects.h"

namespace syncer {

WriteResult refused(Error error, CnsFault fault = CnsFault::kOther);
WriteResult unknown_end(std::string why);
// The exchange of the update failed before a SOAP answer came.
WriteResult result_of_lost_call(Error error);
// The call, the task or the volume was answered by a fault.
WriteResult result_of_fault(const SoapFault& fault);
// The task ended.
WriteResult result_of_task(const TaskEnd& end, const VolumeId& volume);

} // namespace syncer
