#include "cns/soap_node_inventory.h"

#include "cns/faults.h"
#include "cns/node_codec.h"
#include "cns/object_reader.h"

namespace syncer {

namespace {

Error rejected(std::string detail) {
  Error error;
  error.kind = ErrorKind::kRejected;
  error.detail = std::move(detail);
  return error;
}

} // namespace

asio::awaitable<Outcome<bool>> SoapNodeInventory::has_vm(std::string uuid) {
  const Outcome<std::optional<ManagedRef>> vm = co_await find_vm(std::move(uuid));
  if (!vm) co_return vm.error();
  co_return vm->has_value();
}

asio::awaitable<Outcome<std::vector<ObjectTags>>> SoapNodeInventory::tags_above_vm(
    std::string uuid) {
  const Outcome<std::optional<ManagedRef>> found = co_await find_vm(uuid);
  if (!found) co_return found.error();
  if (!*found) {
    Error error;
    error.kind = ErrorKind::kNotFound;
    error.detail = options_.host + " has no VM with UUID " + uuid;
    co_return error;
  }
  const ManagedRef vm = **found;
  ObjectsRequest request = [vm](const ServiceContent& content) {
    return retrieve_above_vm_request(content.property_collector, vm);
  };
  const Outcome<InventoryRead> read =
      co_await read_objects(deps_.session, deps_.clock, options_.budget, std::move(request));
  if (!read) co_return read.error();
  Outcome<std::vector<ManagedRef>> above = host_and_above(read->objects, vm, read->root);
  if (!above) co_return in_context(options_.host, above.error());
  co_return co_await deps_.tags.tags_of(*std::move(above));
}

// Nodes are known by the BIOS UUID; some report the other one.
asio::awaitable<Outcome<std::optional<ManagedRef>>> SoapNodeInventory::find_vm(std::string uuid) {
  std::string plain = plain_uuid(uuid);
  if (plain.empty()) co_return rejected("a node without a UUID");
  Outcome<ManagedRef> vm = co_await find_by(plain, false);
  if (vm && vm->id.empty()) {
    vm = co_await find_by(std::move(plain), true);
  }
  if (!vm) co_return vm.error();
  if (!vm->id.empty()) co_return std::optional<ManagedRef>(*std::move(vm));
  co_return std::optional<ManagedRef>();
}

// An empty id: there is none.
asio::awaitable<Outcome<ManagedRef>> SoapNodeInventory::find_by(std::string uuid, bool instance) {
  const Outcome<VcenterSession::Facts> facts = co_await deps_.session.acquire();
  if (!facts) co_return facts.error();
  if ((*facts)->content.search_index.id.empty())
    co_return rejected(options_.host + " has no SearchIndex");
  SoapCall call;
  call.method = "FindByUuid";
  call.budget = options_.budget;
  call.body = [uuid, instance](const SessionFacts& session) {
    return find_vm_request(session.content.search_index, uuid, instance);
  };
  const Outcome<SoapReply> reply = co_await deps_.session.call(std::move(call));
  if (!reply) co_return reply.error();
  if (const SoapFault* fault = (*reply)->fault())
    co_return in_context("FindByUuid", error_of(*fault));
  co_return read_reference(**reply);
}

} // namespace syncer
