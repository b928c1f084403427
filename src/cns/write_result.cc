#include "cns/write_result.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "cns/cns_write_codec.h"
#include "cns/faults.h"

namespace syncer {

namespace {

WriteResult acknowledged() {
  WriteResult result;
  result.end = WriteEnd::kAcknowledged;
  return result;
}

WriteResult unknown_end(Error error) {
  WriteResult result;
  result.end = WriteEnd::kUnknown;
  result.error = std::move(error);
  return result;
}

WriteResult unknown_end(std::string_view method, std::string why) {
  Error error;
  error.detail = std::move(why);
  return unknown_end(in_context(method, std::move(error)));
}

// What is known of the write, however it ended.
void stamp(WriteResult& result, const WriteEnding& ending) {
  result.posted_at = ending.posted_at;
  if (!ending.trace.empty()) result.error.trace = ending.trace;
}

WriteResult of_fault(std::string_view method, const SoapFault& fault) {
  Error error = in_context(method, error_of(fault));
  if (leaves_open(fault)) return unknown_end(std::move(error));
  return refused(std::move(error), cns_fault_of(fault.type));
}

// An ending looked through once for all three methods.
struct Reading {
  WriteResult write;
  std::optional<SoapFault> fault;     // wherever it came
  std::optional<VolumeResult> volume; // our volume's own result
  bool no_results = false;            // the batch is empty
};

using IsOurs = std::function<bool(const VolumeResult&)>;

void read_task(std::string_view method, const TaskEnd& end, const IsOurs& is_ours,
               Reading& reading) {
  if (end.outcome == TaskOutcome::kLost) {
    reading.write = unknown_end(method, end.why);
    return;
  }
  if (end.outcome == TaskOutcome::kFailed) {
    reading.fault = end.fault;
    return;
  }
  if (!end.result) {
    reading.write = unknown_end(
        method,
        "the task succeeded without a result: the server does not know the vSAN version of our "
        "requests, or the user may not read it (System.Read)");
    return;
  }
  const std::vector<VolumeResult> results = read_batch(end.result);
  reading.no_results = results.empty();
  const auto ours = std::find_if(results.begin(), results.end(), is_ours);
  if (ours == results.end()) {
    // A server that started anew counts its tasks from the beginning: this one was another's.
    reading.write =
        unknown_end(method, reading.no_results ? "the task's result names no volume"
                                               : "the task's result is that of another volume");
    return;
  }
  reading.volume = *ours;
  if (ours->failed) {
    reading.fault = ours->fault;
  } else {
    reading.write = acknowledged();
  }
}

Reading read_ending(std::string_view method, const WriteEnding& ending, const IsOurs& is_ours) {
  Reading reading;
  if (const Error* lost = std::get_if<Error>(&ending.how)) {
    reading.write = lost->unsent ? refused(*lost, CnsFault::kNone) : unknown_end(*lost);
  } else if (const SoapFault* fault = std::get_if<SoapFault>(&ending.how)) {
    reading.fault = *fault;
  } else {
    read_task(method, std::get<TaskEnd>(ending.how), is_ours, reading);
  }
  if (reading.fault) reading.write = of_fault(method, *reading.fault);
  stamp(reading.write, ending);
  return reading;
}

IsOurs is_of(const VolumeId& id) {
  return [&id](const VolumeResult& one) { return one.volume.empty() || one.volume == id.view(); };
}

// A disk keeps its id and a share its file id; a vmdk gets an id that only the answer tells.
bool answers(const VolumeResult& one, const CnsCreate& create) {
  if (create.backing != CnsCreate::Backing::kUrl)
    return one.volume.empty() || one.volume == create.backing_id;
  return one.name.empty() || one.name == cut_volume_name(create.name);
}

// Which volume was created, or turned out to exist; empty when nobody says.
std::string id_in(const Reading& reading, const CnsCreate& create) {
  if (reading.fault && !reading.fault->volume.empty()) return reading.fault->volume;
  if (reading.volume && !reading.volume->volume.empty()) return reading.volume->volume;
  return create.backing == CnsCreate::Backing::kUrl ? std::string() : create.backing_id;
}

} // namespace

std::string trace_of_task(const std::string& call, const std::string& task, const TaskEnd& end) {
  std::string trace = end.op_id.empty() ? call : "opId=" + end.op_id;
  if (!trace.empty()) trace += ' ';
  return trace + "task=" + task;
}

WriteResult refused(Error error, CnsFault fault) {
  WriteResult result;
  result.end = WriteEnd::kRefused;
  result.fault = fault;
  result.error = std::move(error);
  return result;
}

WriteResult update_result(const WriteEnding& ending, const VolumeId& id) {
  constexpr std::string_view kMethod = "CnsUpdateVolumeMetadata";
  Reading reading = read_ending(kMethod, ending, is_of(id));
  if (!reading.no_results) return std::move(reading.write);
  Error error;
  error.kind = ErrorKind::kNotFound;
  error.detail = "no result for the volume: CNS does not know it";
  WriteResult result = refused(in_context(kMethod, std::move(error)), CnsFault::kNotFound);
  stamp(result, ending);
  return result;
}

CreateResult create_result(const WriteEnding& ending, const CnsCreate& create) {
  constexpr std::string_view kMethod = "CnsCreateVolume";
  Reading reading = read_ending(
      kMethod, ending, [&create](const VolumeResult& one) { return answers(one, create); });
  CreateResult result;
  result.write = std::move(reading.write);
  result.already_registered = reading.fault && reading.fault->type == "CnsAlreadyRegisteredFault";
  if (!result.already_registered && result.write.end != WriteEnd::kAcknowledged) return result;
  result.id = VolumeId(id_in(reading, create));
  if (result.already_registered || !result.id.empty()) return result;
  result.write = unknown_end(kMethod, "the volume's result does not say its id");
  stamp(result.write, ending);
  return result;
}

WriteResult unregister_result(const WriteEnding& ending, const VolumeId& id) {
  Reading reading = read_ending("CnsDeleteVolume", ending, is_of(id));
  const CnsFault fault = reading.write.fault;
  if (fault != CnsFault::kNotFound && fault != CnsFault::kNotRegistered)
    return std::move(reading.write);
  WriteResult result = acknowledged();
  stamp(result, ending);
  return result;
}

} // namespace syncer
