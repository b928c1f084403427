#include "cns/privilege_check.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "cns/faults.h"
#include "cns/object_reader.h"

namespace syncer {

namespace {

constexpr std::size_t kMostAtOnce = 100;
constexpr const char* kNoPermission = "NoPermission";

} // namespace

void PrivilegeCheck::session_began() {
  wanted_ = true;
  refused_ = false;
  wake_.notify();
}

void PrivilegeCheck::refused() {
  wanted_ = true;
  refused_ = true;
  wake_.notify();
}

asio::awaitable<void> PrivilegeCheck::run() {
  for (;;) {
    co_await wait();
    wanted_ = false;
    const Outcome<Missing> missing = co_await check();
    again_.reset();
    if (!missing) {
      deps_.log.debug("vcenter={} privileges=unknown error=\"{}\"", options_.vcenter,
                      missing.error().detail);
    } else {
      told_(*missing);
      if (!missing->empty()) again_ = deps_.clock.now() + kPause;
    }
    const Clock::time_point next = deps_.clock.now() + kPause;
    co_await deps_.clock.sleep_until(next);
  }
}

asio::awaitable<void> PrivilegeCheck::wait() {
  using namespace asio::experimental::awaitable_operators;
  while (!wanted_ && !again_) {
    co_await wake_.wait();
  }
  while (!wanted_ && deps_.clock.now() < *again_) {
    auto woken = wake_.wait();
    auto slept = deps_.clock.sleep_until(*again_);
    co_await (std::move(woken) || std::move(slept));
  }
}

asio::awaitable<Outcome<PrivilegeCheck::Missing>> PrivilegeCheck::check() {
  const VcenterSession::Facts facts = deps_.session.last_facts();
  if (!facts || facts->content.authorization_manager.id.empty()) co_return Missing();
  Outcome<Missing> missing = co_await check_root(facts);
  if (!missing) co_return missing;
  const Outcome<Missing> more = co_await check_datastores(facts);
  if (!more) co_return more;
  missing->insert(missing->end(), more->begin(), more->end());
  co_return missing;
}

asio::awaitable<Outcome<PrivilegeCheck::Missing>> PrivilegeCheck::check_root(
    VcenterSession::Facts facts) {
  constexpr const char* kRoot = "the root folder";
  const ManagedRef root = facts->content.root_folder;
  std::vector<ManagedRef> entities{root};
  std::vector<std::string> privileges(kRootPrivileges.begin(), kRootPrivileges.end());
  const Outcome<SoapReply> reply =
      co_await ask(std::move(facts), std::move(entities), std::move(privileges));
  if (!reply) co_return reply.error();
  Missing missing;
  if (const SoapFault* fault = (*reply)->fault()) {
    if (fault->type != kNoPermission) co_return error_of(*fault);
    // To ask needs the first of them.
    missing.push_back({kRootPrivileges.front(), kRoot});
    co_return missing;
  }
  const auto found = read_missing_privileges(**reply);
  const auto own = found.find(root.id);
  if (own == found.end()) co_return missing;
  for (const std::string& privilege : own->second) missing.push_back({privilege, kRoot});
  co_return missing;
}

// Some datastores may be closed to the CSI driver on purpose: they are named only when a call was
// refused. If all are, no volume can be registered.
asio::awaitable<Outcome<PrivilegeCheck::Missing>> PrivilegeCheck::check_datastores(
    VcenterSession::Facts facts) {
  ObjectsRequest request = [](const ServiceContent& content) {
    return retrieve_datastores_request(content.property_collector, content.root_folder);
  };
  const Outcome<InventoryRead> read =
      co_await read_objects(deps_.session, deps_.clock, options_.budget, std::move(request));
  if (!read) co_return read.error();
  std::vector<InventoryObject> datastores;
  std::copy_if(read->objects.begin(), read->objects.end(), std::back_inserter(datastores),
               [](const InventoryObject& object) { return object.ref.type == "Datastore"; });
  std::vector<std::string> closed;
  for (std::size_t from = 0; from < datastores.size(); from += kMostAtOnce) {
    const std::size_t to = std::min(datastores.size(), from + kMostAtOnce);
    std::vector<ManagedRef> entities;
    for (std::size_t i = from; i < to; ++i) entities.push_back(datastores[i].ref);
    std::vector<std::string> privileges(kDatastorePrivileges.begin(), kDatastorePrivileges.end());
    const Outcome<SoapReply> reply =
        co_await ask(facts, std::move(entities), std::move(privileges));
    if (!reply) co_return reply.error();
    if (const SoapFault* fault = (*reply)->fault()) co_return error_of(*fault);
    const auto missing = read_missing_privileges(**reply);
    for (std::size_t i = from; i < to; ++i) {
      if (missing.contains(datastores[i].ref.id)) closed.push_back(datastores[i].name);
    }
  }
  Missing missing;
  const bool all = !datastores.empty() && closed.size() == datastores.size();
  if (all || (refused_ && !closed.empty())) {
    missing.push_back({kDatastorePrivileges.front(), name_datastores(closed)});
  }
  co_return missing;
}

asio::awaitable<Outcome<SoapReply>> PrivilegeCheck::ask(VcenterSession::Facts facts,
                                                        std::vector<ManagedRef> entities,
                                                        std::vector<std::string> privileges) {
  SoapCall call;
  call.method = "HasPrivilegeOnEntities";
  call.budget = options_.budget;
  call.body = [entities = std::move(entities),
               privileges = std::move(privileges)](const SessionFacts& session) {
    return has_privilege_request(session.content.authorization_manager, entities,
                                 session.session_key, privileges);
  };
  return deps_.session.exchange(std::move(facts), std::move(call));
}

} // namespace syncer
