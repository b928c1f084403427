#include "sim/vcenter_state.h"

namespace syncer::sim {

namespace {

constexpr std::size_t kMaxAsyncIds = 1000;

} // namespace

std::variant<CnsFilter, SimFault> VcenterState::filter_of(Context& context) const {
  const auto url_of = [this](std::string_view id) {
    const InventoryNode* held = inventory.find_datastore(id);
    return held ? held->url : std::string(id);
  };
  return read_filter(context.call.element.child("filter"), url_of);
}

Answer VcenterState::cns_query(Context& context) {
  const auto filter = filter_of(context);
  if (const SimFault* fault = std::get_if<SimFault>(&filter)) return *fault;
  const auto selection = read_selection(context.call.element.child("selection"));
  if (const SimFault* fault = std::get_if<SimFault>(&selection)) return *fault;
  std::string out = "<returnval>";
  append_query_result(out, store, std::get<CnsFilter>(filter), std::get<CnsSelection>(selection),
                      CnsPageRules{});
  out += "</returnval>";
  return out;
}

Answer VcenterState::cns_query_all(Context& context) {
  const auto filter = filter_of(context);
  if (const SimFault* fault = std::get_if<SimFault>(&filter)) return *fault;
  const auto selection = read_selection(context.call.element.child("selection"));
  if (const SimFault* fault = std::get_if<SimFault>(&selection)) return *fault;
  std::string out = "<returnval>";
  append_query_result(out, store, std::get<CnsFilter>(filter), std::get<CnsSelection>(selection),
                      CnsPageRules{0, 0, false});
  out += "</returnval>";
  return out;
}

Answer VcenterState::cns_query_async(Context& context) {
  auto filter = filter_of(context);
  if (const SimFault* fault = std::get_if<SimFault>(&filter)) return *fault;
  const auto selection = read_selection(context.call.element.child("selection"));
  if (const SimFault* fault = std::get_if<SimFault>(&selection)) return *fault;
  if (std::get<CnsFilter>(filter).ids.size() > kMaxAsyncIds) {
    record.violation("CnsQueryAsync with more than 1000 ids");
    return invalid_argument("filter.volumeIds", "More than 1000 volume ids.");
  }
  return start_task("CnsQueryAsync", "",
                    [this, wanted = std::get<CnsFilter>(std::move(filter)),
                     shown = std::get<CnsSelection>(selection)]() -> TaskOutcome {
                      std::string found = "<queryResult>";
                      append_query_result(found, store, wanted, shown, {1000, 1000, true});
                      found += "</queryResult>";
                      return {batch_result("CnsAsyncQueryResult", "", std::nullopt, found), {}};
                    });
}

} // namespace syncer::sim
