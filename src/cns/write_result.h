// Turns each way a write can end into its result. Pure.
#pragma once

#include <variant>

#include "cns/cns_codec.h"
#include "cns/task_book.h"
#include "core/cns_objects.h"

namespace syncer {

// How one write ended on the wire.
struct WriteEnding {
  // No answer that names a task; a fault instead of a task; the end of the task.
  std::variant<Error, SoapFault, TaskEnd> how;
  Clock::time_point posted_at;
  std::string trace = {}; // of the task, see Error
};

// How vCenter's logs name a task: `call` is the trace of the call that began it, which is left out
// where the task has an operation id of its own.
std::string trace_of_task(const std::string& call, const std::string& task, const TaskEnd& end);

// Surely not applied.
WriteResult refused(Error error, CnsFault fault = CnsFault::kOther);

WriteResult update_result(const WriteEnding& ending, const VolumeId& id);
// An already registered volume is recognised in every place where a fault can come.
CreateResult create_result(const WriteEnding& ending, const CnsCreate& create);
// CNS saying in any place that it does not have the volume is what was wanted.
WriteResult unregister_result(const WriteEnding& ending, const VolumeId& id);

} // namespace syncer
