#include "cns/cns_writer.h"

#include <memory>
#include <utility>

namespace syncer {

namespace {

// A request that we do not make: nothing was sent.
Error not_made(std::string detail) {
  Error error;
  error.kind = ErrorKind::kRejected;
  error.unsent = true;
  error.detail = std::move(detail);
  return error;
}

CreateResult not_created(Error error, CnsFault fault) {
  CreateResult result;
  result.write = refused(std::move(error), fault);
  return result;
}

} // namespace

asio::awaitable<Outcome<CnsFeatures>> CnsWriter::writable() {
  const Outcome<VcenterSession::Facts> facts = co_await deps_.session.acquire();
  if (!facts) co_return facts.error();
  if ((*facts)->features.writable) co_return (*facts)->features;
  co_return not_made("UnsupportedVCenter: version " + (*facts)->content.version +
                     " is older than 7.0: its updates drop the entities of other clusters");
}

asio::awaitable<WriteResult> CnsWriter::update(CnsUpdate update) {
  if (update.upserts.empty() && update.removals.empty()) {
    co_return refused(not_made("an update without entities is never sent: CNS refuses it"),
                      CnsFault::kInvalidArgument);
  }
  const Outcome<CnsFeatures> features = co_await writable();
  if (!features) co_return refused(features.error(), CnsFault::kNone);
  Body body = [this, &update](const SessionFacts& facts) {
    return update_request(update, options_.cluster, facts.user, facts.features);
  };
  const WriteEnding ending = co_await send("CnsUpdateVolumeMetadata", std::move(body));
  co_return update_result(ending, update.id);
}

asio::awaitable<CreateResult> CnsWriter::create(CnsCreate create) {
  // A spec without a backing would ask for a new disk.
  if (create.backing_id.empty()) {
    co_return not_created(not_made("a volume without a backing is never registered"),
                          CnsFault::kInvalidArgument);
  }
  const Outcome<CnsFeatures> features = co_await writable();
  if (!features) co_return not_created(features.error(), CnsFault::kNone);
  if (create.backing == CnsCreate::Backing::kUrl && !features->backing_url) {
    co_return not_created(
        not_made("vCenter is older than 7.0U1: it cannot register a vmdk by its URL"),
        CnsFault::kNone);
  }
  Body body = [this, &create](const SessionFacts& facts) {
    return create_request(create, options_.cluster, facts.user, facts.features);
  };
  const WriteEnding ending = co_await send("CnsCreateVolume", std::move(body));
  co_return create_result(ending, create);
}

asio::awaitable<WriteResult> CnsWriter::unregister(VolumeId id) {
  if (id.empty())
    co_return refused(not_made("no volume has an empty id"), CnsFault::kInvalidArgument);
  const Outcome<CnsFeatures> features = co_await writable();
  if (!features) co_return refused(features.error(), CnsFault::kNone);
  Body body = [&id](const SessionFacts&) { return unregister_request(id); };
  const WriteEnding ending = co_await send("CnsDeleteVolume", std::move(body));
  co_return unregister_result(ending, id);
}

asio::awaitable<WriteEnding> CnsWriter::send(const char* method, Body body) {
  // Set by may_send, so it is the moment of the last attempt. Shared with the request.
  const auto posted_at = std::make_shared<Clock::time_point>(deps_.clock.now());
  SoapCall call;
  call.method = method;
  call.path = SoapPath::kVsanHealth;
  call.budget = deps_.leadership.write_budget();
  // What may have arrived must not be sent a second time unasked.
  call.idempotent = false;
  call.may_send = [posted_at, this](Clock::duration left) {
    *posted_at = deps_.clock.now();
    return deps_.leadership.may_write(left);
  };
  call.body = std::move(body);
  const Outcome<SoapReply> reply = co_await deps_.session.call(std::move(call));

  WriteEnding ending;
  if (!reply) {
    ending.how = reply.error();
  } else if (const SoapFault* fault = (*reply)->fault()) {
    ending.how = *fault;
  } else if (std::string task = read_reference(**reply).id; task.empty()) {
    Error error;
    error.detail = std::string(method) + ": no task in the answer";
    error.trace = (*reply)->trace();
    ending.how = std::move(error);
  } else {
    const Clock::time_point give_up = *posted_at + options_.late_task_window;
    TaskEnd end = co_await deps_.waiter.wait(task, give_up);
    ending.trace = trace_of_task((*reply)->trace(), task, end);
    ending.how = std::move(end);
  }
  ending.posted_at = *posted_at;
  co_return ending;
}

} // namespace syncer
