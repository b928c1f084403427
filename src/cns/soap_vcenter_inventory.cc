#include "cns/soap_vcenter_inventory.h"

#include <algorithm>

#include "cns/faults.h"

namespace syncer {

namespace {

Error failed(ErrorKind kind, std::string detail) {
  Error error;
  error.kind = kind;
  error.detail = std::move(detail);
  return error;
}

// A page that was asked for in a session that ended, or while an object went: begin again.
bool worth_another_read(const Error& error) {
  return error.kind == ErrorKind::kUnauthenticated || error.kind == ErrorKind::kStale;
}

const std::string* id_of(const std::vector<StoragePolicy>& policies, std::string_view name) {
  const auto found = std::find_if(policies.begin(), policies.end(),
                                  [&](const StoragePolicy& one) { return one.name == name; });
  return found == policies.end() ? nullptr : &found->id;
}

// vCenter stores UUIDs in lower case; some servers compare them as text.
std::string plain_uuid(std::string_view text) {
  std::string uuid;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') continue;
    uuid += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return uuid;
}

} // namespace

asio::awaitable<Outcome<std::vector<DatastorePlace>>> SoapVcenterInventory::datastores(
    std::string name) {
  if (tree_ && deps_.clock.now() - tree_read_ < kTreeAge) {
    InventoryTree::Found found = tree_->datastores(name);
    if (!found.places.empty() && found.unplaced == 0) co_return std::move(found.places);
  }
  InventoryTree::Found found;
  // A datastore that is being moved is missing from a read, or its folder is.
  for (int reads = 0; reads < 2; ++reads) {
    const Outcome<Done> read = co_await read_tree();
    if (!read) co_return in_context("datastore " + name, read.error());
    found = tree_->datastores(name);
    if (!found.places.empty() && found.unplaced == 0) break;
  }
  if (found.unplaced == 0) co_return std::move(found.places);
  co_return failed(ErrorKind::kTransient,
                   "datastore " + name + ": the folders above it cannot all be read; the user of " +
                       options_.host + " needs System.View on them");
}

asio::awaitable<Outcome<Done>> SoapVcenterInventory::read_tree() {
  Outcome<InventoryTree> tree = co_await read_pages();
  if (!tree && worth_another_read(tree.error())) {
    tree = co_await read_pages();
  }
  if (!tree) co_return tree.error();
  tree_ = *std::move(tree);
  tree_read_ = deps_.clock.now();
  co_return Done();
}

// All pages in one session: the token belongs to it.
asio::awaitable<Outcome<InventoryTree>> SoapVcenterInventory::read_pages() {
  const Clock::time_point deadline = deps_.clock.now() + options_.budget;
  const Outcome<VcenterSession::Facts> facts = co_await deps_.session.acquire();
  if (!facts) co_return facts.error();
  const ServiceContent& content = (*facts)->content;
  InventoryTree tree(content.root_folder.id);
  std::string token;
  for (;;) {
    SoapCall call;
    call.method = token.empty() ? "RetrievePropertiesEx" : "ContinueRetrievePropertiesEx";
    call.budget = deadline - deps_.clock.now();
    call.body = [&content, token](const SessionFacts&) {
      return token.empty()
                 ? retrieve_datastores_request(content.property_collector, content.root_folder)
                 : continue_retrieve_request(content.property_collector, token);
    };
    const char* method = call.method;
    const Outcome<SoapReply> reply = co_await deps_.session.exchange(*facts, std::move(call));
    if (!reply) co_return reply.error();
    if (const SoapFault* fault = (*reply)->fault()) co_return in_context(method, error_of(*fault));
    InventoryPage page = read_inventory_page(**reply);
    for (InventoryObject& object : page.objects) tree.add(std::move(object));
    if (page.token.empty()) co_return tree;
    if (deps_.clock.now() >= deadline)
      co_return failed(ErrorKind::kTransient, "the inventory has too many pages");
    token = std::move(page.token);
  }
}

asio::awaitable<Outcome<std::string>> SoapVcenterInventory::policy_id(std::string name) {
  const auto age = [this] { return deps_.clock.now() - policies_read_; };
  if (policies_ && *policies_ && age() < kPolicyAge) {
    if (const std::string* id = id_of(**policies_, name)) co_return *id;
  }
  if (!policies_ || age() >= kPolicyMissAge) {
    co_await refresh_policies();
  }
  const std::string what = "storage policy " + name;
  if (!*policies_) co_return in_context(what, policies_->error());
  if (const std::string* id = id_of(**policies_, name)) co_return *id;
  co_return failed(ErrorKind::kNotFound, what + ": " + options_.host + " has none of that name");
}

asio::awaitable<void> SoapVcenterInventory::refresh_policies() {
  PolicyRead read = co_await read_policies();
  if (read.vanished) {
    read = co_await read_policies();
  }
  policies_ = std::move(read.policies);
  policies_read_ = deps_.clock.now();
}

asio::awaitable<SoapVcenterInventory::PolicyRead> SoapVcenterInventory::read_policies() {
  PolicyRead read;
  const Outcome<SoapReply> listed = co_await ask_pbm("PbmQueryProfile", pbm_query_request());
  if (!listed) {
    read.policies = listed.error();
    co_return read;
  }
  if (const SoapFault* fault = (*listed)->fault()) {
    read.policies = in_context("PbmQueryProfile", error_of(*fault));
    co_return read;
  }
  const std::vector<std::string> ids = read_pbm_ids(**listed);
  if (ids.empty()) co_return read;
  const Outcome<SoapReply> told = co_await ask_pbm("PbmRetrieveContent", pbm_retrieve_request(ids));
  if (!told) {
    read.policies = told.error();
  } else if (const SoapFault* fault = (*told)->fault()) {
    read.vanished = fault->type == "InvalidArgument";
    read.policies = in_context("PbmRetrieveContent", error_of(*fault));
  } else {
    read.policies = read_pbm_policies(**told);
  }
  co_return read;
}

asio::awaitable<Outcome<SoapReply>> SoapVcenterInventory::ask_pbm(const char* method,
                                                                  std::string body) {
  SoapCall call;
  call.method = method;
  call.path = SoapPath::kPbm;
  call.budget = options_.budget;
  call.body = [text = std::move(body)](const SessionFacts&) { return text; };
  return deps_.session.call(std::move(call));
}

bool SoapVcenterInventory::protects_from_vm_delete() const {
  const VcenterSession::Facts& facts = deps_.session.last_facts();
  return facts && facts->features.keeps_after_vm_delete;
}

bool SoapVcenterInventory::registers_by_url() const {
  const VcenterSession::Facts& facts = deps_.session.last_facts();
  return facts && facts->features.backing_url;
}

asio::awaitable<Outcome<bool>> SoapVcenterInventory::has_vm(std::string bios_uuid) {
  const std::string uuid = plain_uuid(bios_uuid);
  if (uuid.empty()) co_return failed(ErrorKind::kRejected, "a node without a BIOS UUID");
  const Outcome<VcenterSession::Facts> facts = co_await deps_.session.acquire();
  if (!facts) co_return facts.error();
  if ((*facts)->content.search_index.id.empty())
    co_return failed(ErrorKind::kRejected, options_.host + " has no SearchIndex");
  SoapCall call;
  call.method = "FindByUuid";
  call.budget = options_.budget;
  call.body = [uuid](const SessionFacts& session) {
    return find_vm_request(session.content.search_index, uuid);
  };
  const Outcome<SoapReply> reply = co_await deps_.session.call(std::move(call));
  if (!reply) co_return reply.error();
  if (const SoapFault* fault = (*reply)->fault())
    co_return in_context("FindByUuid", error_of(*fault));
  co_return !read_reference(**reply).id.empty();
}

} // namespace syncer
