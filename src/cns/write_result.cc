#include "cns/write_result.h"

#include <algorithm>
#include <utility>

#include "cns/faults.h"

namespace syncer {

namespace {
constexpr const char* kContext = "CnsUpdateVolumeMetadata";
} // namespace

WriteResult refused(Error error, CnsFault fault) {
  WriteResult result;
  result.end = WriteEnd::kRefused;
  result.fault = fault;
  result.error = std::move(error);
  return result;
}

WriteResult unknown_end(std::string why) {
  WriteResult result;
  result.end = WriteEnd::kUnknown;
  result.error.detail = std::string(kContext) + ": " + std::move(why);
  return result;
}

WriteResult result_of_lost_call(Error error) {
  if (error.unsent) return refused(std::move(error), CnsFault::kNone);
  WriteResult result;
  result.error = std::move(error);
  return result;
}

WriteResult result_of_fault(const SoapFault& fault) {
  Error error = in_context(kContext, error_of(fault));
  if (!leaves_open(fault)) return refused(std::move(error), cns_fault_of(fault.type));
  WriteResult result;
  result.error = std::move(error);
  return result;
}

WriteResult result_of_task(const TaskEnd& end, const VolumeId& volume) {
  if (end.outcome == TaskOutcome::kLost) return unknown_end(end.why);
  if (end.outcome == TaskOutcome::kFailed) return result_of_fault(end.fault);
  if (!end.result)
    return unknown_end(
        "the task succeeded without a result: the server does not know the vSAN version of our "
        "requests, or the user may not read it (System.Read)");

  const std::vector<VolumeResult> results = read_batch(end.result);
  if (results.empty()) {
    Error error;
    error.kind = ErrorKind::kNotFound;
    error.detail = std::string(kContext) + ": no result for the volume: CNS does not know it";
    return refused(std::move(error), CnsFault::kNotFound);
  }
  const auto ours = std::find_if(results.begin(), results.end(), [&](const VolumeResult& one) {
    return one.volume.empty() || one.volume == volume.view();
  });
  // A server that started anew counts its tasks from the beginning: this one was another's.
  if (ours == results.end()) return unknown_end("the task's result is that of another volume");
  if (ours->failed) return result_of_fault(ours->fault);
  WriteResult result;
  result.end = WriteEnd::kAcknowledged;
  return result;
}

} // namespace syncer
