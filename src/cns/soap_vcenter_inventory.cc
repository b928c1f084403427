#include "cns/soap_vcenter_inventory.h"

#include <algorithm>

#include "cns/faults.h"
#include "cns/object_reader.h"

namespace syncer {

namespace {

Error failed(ErrorKind kind, std::string detail) {
  Error error;
  error.kind = kind;
  error.detail = std::move(detail);
  return error;
}

const std::string* id_of(const std::vector<StoragePolicy>& policies, std::string_view name) {
  const auto found = std::find_if(policies.begin(), policies.end(),
                                  [&](const StoragePolicy& one) { return one.name == name; });
  return found == policies.end() ? nullptr : &found->id;
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
  ObjectsRequest request = [](const ServiceContent& content) {
    return retrieve_datastores_request(content.property_collector, content.root_folder);
  };
  Outcome<InventoryRead> read =
      co_await read_objects(deps_.session, deps_.clock, options_.budget, std::move(request));
  if (!read) co_return read.error();
  InventoryTree tree(read->root.id);
  for (InventoryObject& object : read->objects) tree.add(std::move(object));
  tree_ = std::move(tree);
  tree_read_ = deps_.clock.now();
  co_return Done();
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

} // namespace syncer
