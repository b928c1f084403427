#include "cns/cns_queries.h"

#include <unordered_set>
#include <utility>

#include "cns/faults.h"
#include "cns/write_result.h"

namespace syncer {

namespace {

SoapCall cns_call(const char* method, Clock::duration budget) {
  SoapCall call;
  call.method = method;
  call.path = SoapPath::kVsanHealth;
  call.budget = budget;
  return call;
}

Error query_failed(ErrorKind kind, std::string detail) {
  Error error;
  error.kind = kind;
  error.detail = "CnsQueryAsync: " + std::move(detail);
  return error;
}

Outcome<std::vector<CnsVolume>> volumes_of(const TaskEnd& end, std::string_view cluster_id,
                                           std::string_view distribution) {
  if (end.outcome == TaskOutcome::kLost) return query_failed(ErrorKind::kTransient, end.why);
  if (end.outcome == TaskOutcome::kFailed) return in_context("CnsQueryAsync", error_of(end.fault));
  if (!end.result) return query_failed(ErrorKind::kTransient, "the task has no result");
  std::vector<CnsVolume> volumes;
  const std::vector<VolumeResult> results = read_batch(end.result);
  if (results.empty()) return query_failed(ErrorKind::kTransient, "the result is empty");
  for (const VolumeResult& result : results) {
    if (result.failed) return in_context("CnsQueryAsync", error_of(result.fault));
    std::vector<CnsVolume> some = read_volumes(result.query_result, cluster_id, distribution);
    std::move(some.begin(), some.end(), std::back_inserter(volumes));
  }
  return volumes;
}

Error no_disks() {
  Error error;
  error.kind = ErrorKind::kRejected;
  error.detail = "this vCenter is older than 7.0U2 and does not tell the disks of volumes";
  return error;
}

} // namespace

asio::awaitable<Outcome<std::vector<BackingDisk>>> CnsQueries::disks(std::vector<VolumeId> ids) {
  // An empty filter would mean all.
  if (ids.empty()) co_return std::vector<BackingDisk>();
  const Outcome<VcenterSession::Facts> facts = co_await deps_.session.acquire();
  if (!facts) co_return facts.error();
  if (!(*facts)->features.backing_object_id) co_return no_disks();
  SoapCall call = cns_call("CnsQueryAllVolume", options_.budget);
  call.body = [this, &ids](const SessionFacts&) {
    return query_disks_request(ids, options_.cluster_id);
  };
  const Outcome<SoapReply> reply = co_await deps_.session.call(std::move(call));
  if (!reply) co_return reply.error();
  if (const SoapFault* fault = (*reply)->fault()) {
    co_return in_context("CnsQueryAllVolume", error_of(*fault));
  }
  co_return read_disks((*reply)->result());
}

asio::awaitable<Outcome<std::vector<VolumeId>>> CnsQueries::ids() {
  SoapCall call = cns_call("CnsQueryAllVolume", options_.budget);
  call.body = [this](const SessionFacts&) { return query_all_ids_request(options_.cluster_id); };
  const Outcome<SoapReply> reply = co_await deps_.session.call(std::move(call));
  if (!reply) co_return reply.error();
  const SoapFault* fault = (*reply)->fault();
  if (fault == nullptr) co_return read_ids((*reply)->result(), options_.cluster_id);
  if (!means_unsupported(*fault)) co_return in_context("CnsQueryAllVolume", error_of(*fault));

  Outcome<std::vector<CnsVolume>> all =
      co_await volumes_paged(std::vector<VolumeId>(), std::string());
  if (!all) co_return all.error();
  std::vector<VolumeId> ids;
  ids.reserve(all->size());
  for (CnsVolume& volume : *all) {
    if (volume.has_our_cluster || !volume.has_other_clusters) ids.push_back(std::move(volume.id));
  }
  co_return ids;
}

asio::awaitable<Outcome<std::vector<CnsVolume>>> CnsQueries::volumes(std::vector<VolumeId> ids) {
  if (ids.empty()) co_return std::vector<CnsVolume>();
  const Outcome<VcenterSession::Facts> facts = co_await deps_.session.acquire();
  if (!facts) co_return facts.error();
  // A server that keeps no distribution cannot have an old one.
  const std::string distribution =
      (*facts)->features.cluster_distribution ? options_.distribution : std::string();
  if ((*facts)->features.async_query && no_async_in_ != (*facts)->generation) {
    Supported<std::vector<CnsVolume>> found = co_await volumes_async(ids, distribution);
    if (found) co_return *std::move(found);
    no_async_in_ = (*facts)->generation;
  }
  co_return co_await volumes_paged(std::move(ids), distribution);
}

asio::awaitable<CnsQueries::Supported<std::vector<CnsVolume>>> CnsQueries::volumes_async(
    std::vector<VolumeId> ids, std::string distribution) {
  const Clock::time_point deadline = deps_.clock.now() + options_.budget;
  SoapCall call = cns_call("CnsQueryAsync", options_.budget);
  call.body = [wanted = std::move(ids)](const SessionFacts&) {
    return query_async_request(wanted);
  };
  const Outcome<SoapReply> reply = co_await deps_.session.call(std::move(call));
  if (!reply) co_return reply.error();
  if (const SoapFault* fault = (*reply)->fault()) {
    if (means_unsupported(*fault)) co_return std::nullopt;
    co_return in_context("CnsQueryAsync", error_of(*fault));
  }
  std::string task = read_reference(**reply).id;
  if (task.empty()) co_return query_failed(ErrorKind::kTransient, "no task in the answer");
  const TaskEnd end = co_await deps_.waiter.wait(task, deadline);
  Outcome<std::vector<CnsVolume>> volumes = volumes_of(end, options_.cluster_id, distribution);
  if (volumes) co_return volumes;
  Error error = std::move(volumes).error();
  error.trace = trace_of_task((*reply)->trace(), task, end);
  co_return error;
}

asio::awaitable<Outcome<std::vector<CnsVolume>>> CnsQueries::volumes_paged(
    std::vector<VolumeId> ids, std::string distribution) {
  std::vector<CnsVolume> volumes;
  std::unordered_set<VolumeId> seen;
  std::optional<CnsCursor> cursor = CnsCursor();
  cursor->limit = options_.page;
  while (cursor) {
    const CnsCursor asked = *cursor;
    SoapCall call = cns_call("CnsQueryVolume", options_.budget);
    call.body = [this, &ids, &asked](const SessionFacts&) {
      return query_page_request(ids, options_.cluster_id, asked);
    };
    const Outcome<SoapReply> reply = co_await deps_.session.call(std::move(call));
    if (!reply) co_return reply.error();
    if (const SoapFault* fault = (*reply)->fault())
      co_return in_context("CnsQueryVolume", error_of(*fault));
    std::size_t fresh = 0;
    for (CnsVolume& volume : read_volumes((*reply)->result(), options_.cluster_id, distribution)) {
      if (!seen.insert(volume.id).second) continue;
      ++fresh;
      volumes.push_back(std::move(volume));
    }
    cursor = next_page(asked, read_cursor((*reply)->result()), fresh);
  }
  co_return volumes;
}

} // namespace syncer
