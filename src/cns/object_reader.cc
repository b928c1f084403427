#include "cns/object_reader.h"

#include <iterator>

#include "cns/faults.h"

namespace syncer {

namespace {

// A page that was asked for in a session that ended, or while an object went: begin again.
bool worth_another_read(const Error& error) {
  return error.kind == ErrorKind::kUnauthenticated || error.kind == ErrorKind::kStale;
}

// All pages in one session: the token belongs to it.
asio::awaitable<Outcome<InventoryRead>> read_pages(VcenterSession& session, Clock& clock,
                                                   Clock::duration budget,
                                                   const ObjectsRequest& request) {
  const Clock::time_point deadline = clock.now() + budget;
  const Outcome<VcenterSession::Facts> facts = co_await session.acquire();
  if (!facts) co_return facts.error();
  const ServiceContent& content = (*facts)->content;
  InventoryRead read;
  read.root = content.root_folder;
  std::string token;
  for (;;) {
    SoapCall call;
    call.method = token.empty() ? "RetrievePropertiesEx" : "ContinueRetrievePropertiesEx";
    call.budget = deadline - clock.now();
    call.body = [&content, &request, token](const SessionFacts&) {
      return token.empty() ? request(content)
                           : continue_retrieve_request(content.property_collector, token);
    };
    const char* method = call.method;
    const Outcome<SoapReply> reply = co_await session.exchange(*facts, std::move(call));
    if (!reply) co_return reply.error();
    if (const SoapFault* fault = (*reply)->fault()) co_return in_context(method, error_of(*fault));
    InventoryPage page = read_inventory_page(**reply);
    std::move(page.objects.begin(), page.objects.end(), std::back_inserter(read.objects));
    if (page.token.empty()) co_return read;
    if (clock.now() >= deadline) {
      Error error;
      error.detail = "the inventory has too many pages";
      co_return error;
    }
    token = std::move(page.token);
  }
}

} // namespace

asio::awaitable<Outcome<InventoryRead>> read_objects(VcenterSession& session, Clock& clock,
                                                     Clock::duration budget,
                                                     ObjectsRequest request) {
  Outcome<InventoryRead> read = co_await read_pages(session, clock, budget, request);
  if (!read && worth_another_read(read.error())) {
    read = co_await read_pages(session, clock, budget, request);
  }
  co_return read;
}

} // namespace syncer
