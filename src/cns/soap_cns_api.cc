#include "cns/soap_cns_api.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "cns/cns_codec.h"
#include "cns/cns_queries.h"
#include "cns/task_waiter.h"
#include "cns/vcenter_session.h"
#include "cns/write_result.h"

namespace syncer {

namespace {

VcenterSession::Options session_options(const CnsOptions& options) {
  VcenterSession::Options result;
  result.vcenter = options.vcenter;
  result.user_agent = options.user_agent;
  result.login_budget = options.call_budget;
  return result;
}

TaskWaiter::Options waiter_options(const CnsOptions& options) {
  TaskWaiter::Options result;
  result.vcenter = options.vcenter;
  result.poll_wait = options.poll_wait;
  result.call_budget = options.call_budget;
  return result;
}

CnsQueries::Options query_options(const CnsOptions& options) {
  CnsQueries::Options result;
  result.cluster_id = options.cluster_id;
  result.budget = options.query_budget;
  result.page = options.query_page;
  return result;
}

WriteResult unsupported(const SessionFacts& facts) {
  Error error;
  error.kind = ErrorKind::kRejected;
  error.unsent = true;
  error.detail = "UnsupportedVCenter: version " + facts.content.version +
                 " is older than 7.0: its updates drop the entities of other clusters";
  return refused(std::move(error), CnsFault::kNone);
}

} // namespace

struct SoapCnsApi::Parts {
  Parts(Deps given, CnsOptions options)
      : clock(given.clock),
        leadership(given.leadership),
        late_task_window(options.late_task_window),
        session({given.executor, given.http, given.clock, given.observer, given.log},
                session_options(options), {options.user, options.password}),
        waiter({given.executor, session, given.clock, given.log, given.random},
               waiter_options(options)),
        queries({session, waiter, given.clock}, query_options(options)) {
    cluster.id = options.cluster_id;
    cluster.flavor = options.cluster_flavor;
    cluster.distribution = options.cluster_distribution;
  }

  Clock& clock;
  const Leadership& leadership;
  Clock::duration late_task_window;
  CnsCluster cluster;
  VcenterSession session;
  TaskWaiter waiter;
  CnsQueries queries;
};

SoapCnsApi::SoapCnsApi(Deps deps, CnsOptions options)
    : parts_(std::make_unique<Parts>(std::move(deps), std::move(options))) {}

SoapCnsApi::~SoapCnsApi() = default;

asio::awaitable<Outcome<std::vector<VolumeId>>> SoapCnsApi::query_ids() {
  return parts_->queries.ids();
}

asio::awaitable<Outcome<std::vector<CnsVolume>>> SoapCnsApi::query_volumes(
    std::vector<VolumeId> ids) {
  return parts_->queries.volumes(std::move(ids));
}

asio::awaitable<WriteResult> SoapCnsApi::update(CnsUpdate update) {
  if (update.upserts.empty() && update.removals.empty()) {
    Error error;
    error.kind = ErrorKind::kRejected;
    error.unsent = true;
    error.detail = "an update without entities is never sent: CNS refuses it";
    co_return refused(std::move(error), CnsFault::kInvalidArgument);
  }
  const Outcome<VcenterSession::Facts> facts = co_await parts_->session.acquire();
  if (!facts) co_return result_of_lost_call(facts.error());
  if (!(*facts)->features.writable) co_return unsupported(**facts);
  co_return co_await send_update(std::move(update));
}

asio::awaitable<CreateResult> SoapCnsApi::create(CnsCreate) { co_return CreateResult(); }

asio::awaitable<WriteResult> SoapCnsApi::unregister(VolumeId) { co_return WriteResult(); }

asio::awaitable<WriteResult> SoapCnsApi::send_update(CnsUpdate update) {
  Parts& parts = *parts_;
  // Set by may_send, so it is the moment of the last attempt. Shared with the request.
  const auto posted_at = std::make_shared<Clock::time_point>(parts.clock.now());
  SoapCall call;
  call.method = "CnsUpdateVolumeMetadata";
  call.path = SoapPath::kVsanHealth;
  call.budget = parts.leadership.write_budget();
  // What may have arrived must not be sent a second time unasked.
  call.idempotent = false;
  call.may_send = [posted_at, &parts](Clock::duration left) {
    *posted_at = parts.clock.now();
    return parts.leadership.may_write(left);
  };
  call.body = [&update, &parts](const SessionFacts& facts) {
    return update_request(update, parts.cluster, facts.user, facts.features);
  };
  const Outcome<SoapReply> reply = co_await parts.session.call(std::move(call));

  WriteResult result;
  if (!reply) {
    result = result_of_lost_call(reply.error());
  } else if (const SoapFault* fault = (*reply)->fault()) {
    result = result_of_fault(*fault);
  } else if (std::string task = read_reference(**reply).id; task.empty()) {
    result = unknown_end("no task in the answer");
  } else {
    const Clock::time_point give_up = *posted_at + parts.late_task_window;
    const TaskEnd end = co_await parts.waiter.wait(std::move(task), give_up);
    result = result_of_task(end, update.id);
  }
  result.posted_at = *posted_at;
  co_return result;
}

asio::awaitable<void> SoapCnsApi::run() {
  using namespace asio::experimental::awaitable_operators;
  try {
    co_await (parts_->waiter.run() && parts_->session.keep_alive());
  } catch (const boost::system::system_error& failure) {
    // How a cancelled coroutine ends; that is what run() waits for.
    if (failure.code() != asio::error::operation_aborted) throw;
  }
}

asio::awaitable<void> SoapCnsApi::logout() { return parts_->session.logout(); }

void SoapCnsApi::set_credentials(std::string user, Secret password) {
  Credentials credentials;
  credentials.user = std::move(user);
  credentials.password = std::move(password);
  parts_->session.set_credentials(std::move(credentials));
}

} // namespace syncer
