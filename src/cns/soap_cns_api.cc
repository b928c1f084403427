#include "cns/soap_cns_api.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "cns/cns_queries.h"
#include "cns/cns_writer.h"
#include "cns/other_cluster_cns.h"
#include "cns/privilege_check.h"
#include "cns/soap_node_inventory.h"
#include "cns/soap_vcenter_inventory.h"
#include "cns/tag_reader.h"
#include "cns/task_waiter.h"
#include "cns/vcenter_session.h"

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
  result.distribution = options.cluster_distribution;
  result.budget = options.query_budget;
  result.page = options.query_page;
  return result;
}

CnsWriter::Options writer_options(const CnsOptions& options) {
  CnsWriter::Options result;
  result.cluster.id = options.cluster_id;
  result.cluster.flavor = options.cluster_flavor;
  result.cluster.distribution = options.cluster_distribution;
  result.late_task_window = options.late_task_window;
  return result;
}

SoapVcenterInventory::Options inventory_options(const CnsOptions& options) {
  SoapVcenterInventory::Options result;
  result.host = options.vcenter;
  result.budget = options.query_budget;
  return result;
}

TagReader::Options tag_options(const CnsOptions& options) {
  TagReader::Options result;
  result.vcenter = options.vcenter;
  result.user_agent = options.user_agent;
  result.budget = options.call_budget;
  return result;
}

PrivilegeCheck::Options privilege_options(const CnsOptions& options) {
  PrivilegeCheck::Options result;
  result.vcenter = options.vcenter;
  result.budget = options.call_budget;
  return result;
}

SoapNodeInventory::Options node_options(const CnsOptions& options) {
  SoapNodeInventory::Options result;
  result.host = options.vcenter;
  result.budget = options.call_budget;
  return result;
}

std::shared_ptr<CredentialLatch> own_latch(const SoapCnsApi::Deps& deps,
                                           const CnsOptions& options) {
  auto latch = std::make_shared<CredentialLatch>(deps.executor, deps.clock);
  latch->offer({options.user, options.password});
  return latch;
}

} // namespace

struct SoapCnsApi::Parts {
  Parts(Deps deps, const CnsOptions& given)
      : options(given),
        clock(deps.clock),
        observer(deps.observer),
        leadership(deps.leadership),
        latch(deps.latch ? deps.latch : own_latch(deps, given)),
        session({deps.executor, deps.http, deps.clock, deps.observer, deps.log},
                session_options(options), *latch),
        waiter({deps.executor, session, deps.clock, deps.log, deps.random},
               waiter_options(options)),
        queries({session, waiter, clock}, query_options(options)),
        writer({session, waiter, clock, leadership}, writer_options(options)),
        inventory({session, clock}, inventory_options(options)),
        tags({deps.executor, deps.http, deps.clock, deps.observer, deps.log}, tag_options(options),
             *latch),
        nodes({session, tags, clock}, node_options(options)) {
    if (!deps.privileges_told) return;
    privileges = std::make_unique<PrivilegeCheck>(
        PrivilegeCheck::Deps{deps.executor, session, deps.clock, deps.log},
        privilege_options(options), std::move(deps.privileges_told));
    session.listen({[this] { privileges->session_began(); }, [this] { privileges->refused(); }});
  }

  asio::awaitable<void> watch_privileges() {
    if (!privileges) co_return;
    co_await privileges->run();
  }

  // A write that ended in a task tells there what it may not do.
  void ended(const WriteResult& result) {
    if (privileges && result.fault == CnsFault::kNoPermission) privileges->refused();
  }

  // What nobody tried, because it was no longer wanted, is no operation.
  void tell(const char* operation, bool passed, const Error& error, Clock::time_point began) {
    if (!passed && error.kind == ErrorKind::kCancelled) return;
    observer.cns_operation(operation, passed, clock.now() - began);
  }
  template <class T>
  void tell(const char* operation, const Outcome<T>& result, Clock::time_point began) {
    tell(operation, static_cast<bool>(result), result ? Error() : result.error(), began);
  }

  CnsOptions options;
  Clock& clock;
  Observer& observer;
  const Leadership& leadership;
  std::shared_ptr<CredentialLatch> latch;
  VcenterSession session;
  TaskWaiter waiter;
  CnsQueries queries;
  CnsWriter writer;
  SoapVcenterInventory inventory;
  TagReader tags;
  SoapNodeInventory nodes;
  std::unique_ptr<PrivilegeCheck> privileges; // null: nobody wants to know
};

SoapCnsApi::SoapCnsApi(Deps deps, CnsOptions options)
    : parts_(std::make_unique<Parts>(std::move(deps), options)) {}

SoapCnsApi::~SoapCnsApi() = default;

asio::awaitable<Outcome<std::vector<VolumeId>>> SoapCnsApi::query_ids() {
  const Clock::time_point began = parts_->clock.now();
  Outcome<std::vector<VolumeId>> result = co_await parts_->queries.ids();
  parts_->tell("query-all-volume", result, began);
  co_return result;
}

asio::awaitable<Outcome<std::vector<CnsVolume>>> SoapCnsApi::query_volumes(
    std::vector<VolumeId> ids) {
  const Clock::time_point began = parts_->clock.now();
  Outcome<std::vector<CnsVolume>> result = co_await parts_->queries.volumes(std::move(ids));
  parts_->tell("query-volume", result, began);
  co_return result;
}

asio::awaitable<WriteResult> SoapCnsApi::update(CnsUpdate update) {
  const Clock::time_point began = parts_->clock.now();
  WriteResult result = co_await parts_->writer.update(std::move(update));
  parts_->tell("update-volume-metadata", result.end == WriteEnd::kAcknowledged, result.error,
               began);
  parts_->ended(result);
  co_return result;
}

asio::awaitable<CreateResult> SoapCnsApi::create(CnsCreate create) {
  const Clock::time_point began = parts_->clock.now();
  CreateResult result = co_await parts_->writer.create(std::move(create));
  const bool there = result.write.end == WriteEnd::kAcknowledged || result.already_registered;
  parts_->tell("create-volume", there, result.write.error, began);
  parts_->ended(result.write);
  co_return result;
}

asio::awaitable<WriteResult> SoapCnsApi::unregister(VolumeId id) {
  const Clock::time_point began = parts_->clock.now();
  WriteResult result = co_await parts_->writer.unregister(std::move(id));
  parts_->tell("delete-volume", result.end == WriteEnd::kAcknowledged, result.error, began);
  parts_->ended(result);
  co_return result;
}

asio::awaitable<Outcome<std::vector<BackingDisk>>> SoapCnsApi::backing_disks(
    std::vector<VolumeId> ids) {
  return parts_->queries.disks(std::move(ids));
}

std::unique_ptr<CnsApi> SoapCnsApi::for_cluster(std::string cluster_id) {
  CnsOptions options = parts_->options;
  options.cluster_id = std::move(cluster_id);
  // That cluster's distribution is not ours to say.
  options.cluster_distribution.clear();
  const CnsQueries::Deps read{parts_->session, parts_->waiter, parts_->clock};
  const CnsWriter::Deps write{parts_->session, parts_->waiter, parts_->clock, parts_->leadership};
  return std::make_unique<OtherClusterCns>(CnsQueries(read, query_options(options)),
                                           CnsWriter(write, writer_options(options)));
}

asio::awaitable<Outcome<SoapCnsApi::ServerFacts>> SoapCnsApi::server_facts() {
  const Outcome<VcenterSession::Facts> session = co_await parts_->session.acquire();
  if (!session) co_return session.error();
  const SessionFacts& facts = **session;
  ServerFacts result;
  result.version = facts.content.version;
  result.api_version = facts.content.api_version;
  result.user = facts.user;
  result.writable = facts.features.writable;
  co_return result;
}

VcenterInventory& SoapCnsApi::inventory() { return parts_->inventory; }

NodeInventory& SoapCnsApi::nodes() { return parts_->nodes; }

asio::awaitable<void> SoapCnsApi::run() {
  using namespace asio::experimental::awaitable_operators;
  try {
    co_await (parts_->waiter.run() && parts_->session.keep_alive() &&
              parts_->session.keep_trying() && parts_->watch_privileges());
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
  if (!parts_->latch->offer(std::move(credentials))) return;
  parts_->session.credentials_changed();
  parts_->tags.credentials_changed();
}

} // namespace syncer
