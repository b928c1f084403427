#include "operators/cr_topology.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>
#include <variant>

#include "operators/cr_fields.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr std::chrono::seconds kAskBudget{30};
constexpr Backoff kAskAgain{std::chrono::seconds(5), std::chrono::minutes(5)};
// Nodes of a vCenter that does not answer come again and again; they must leave room for new ones.
constexpr AttemptBook::Limits kLimits{128, 64};

Outcome<TopologyIndex::NodeLabels> decode_labels(const json& status) {
  TopologyIndex::NodeLabels labels;
  const json* list = json_member(status, "topologyLabels");
  if (list == nullptr || list->is_null()) return labels;
  if (!list->is_array()) return Error{ErrorKind::kRejected, "status.topologyLabels is no list"};
  for (const json& label : *list) {
    const auto key = required_text(&label, "key", "status.topologyLabels");
    if (!key) return key.error();
    const auto value = required_text(&label, "value", "status.topologyLabels");
    if (!value) return value.error();
    labels.emplace_back(*key, *value);
  }
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  return labels;
}

void rethrow(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

} // namespace

CrTopology::CrTopology(const CrDeps& deps, asio::any_io_executor executor, FindVCenter find,
                       Changed changed)
    : executor_(std::move(executor)),
      clock_(deps.clock),
      log_(deps.log),
      random_(deps.random),
      find_(std::move(find)),
      changed_(std::move(changed)),
      questions_(kAskAgain, kLimits),
      wake_(executor_, 1) {}

Outcome<> CrTopology::put(const ObjectName& name, const json& object) {
  const json* status = json_member(object, "status");
  const std::string uuid = text_or_empty(json_member(object, "spec"), "nodeuuid");
  const bool success = text_or_empty(status, "status") == "Success";
  auto known = nodes_.find(name.name);
  // Another machine by the same name: nothing that was known holds for it.
  if (known != nodes_.end() && known->second.uuid != uuid && !uuid.empty()) {
    remove(name);
    known = nodes_.end();
  }
  if (!success) return Done{};
  auto labels = decode_labels(*status);
  if (!labels) return labels.error();
  if (uuid.empty()) return Error{ErrorKind::kRejected, "spec.nodeuuid is missing"};
  if (known == nodes_.end()) {
    known = nodes_.emplace(name.name, Node()).first;
    known->second.uuid = uuid;
    questions_.want(name.name, clock_.now());
    wake();
  }
  known->second.labels = std::move(*labels);
  index(name.name, known->second);
  return Done{};
}

void CrTopology::remove(const ObjectName& name) {
  if (nodes_.erase(name.name) == 0) return;
  questions_.forget(name.name);
  if (index_.remove(name.name) && changed_) changed_();
  check_asked_all();
}

void CrTopology::listed() {
  listed_ = true;
  check_asked_all();
}

void CrTopology::index(const std::string& name, const Node& node) {
  if (index_.put(name, node.labels, node.vcenter) && changed_) changed_();
}

void CrTopology::check_asked_all() {
  if (asked_all_ || !listed_) return;
  asked_all_ = std::all_of(nodes_.begin(), nodes_.end(),
                           [](const auto& entry) { return entry.second.asked; });
  if (asked_all_ && changed_) changed_();
}

asio::awaitable<void> CrTopology::run() {
  using namespace asio::experimental::awaitable_operators;
  for (;;) {
    start_due();
    auto woken = wake_.async_receive(asio::as_tuple(asio::use_awaitable));
    auto due = clock_.sleep_until(questions_.next_due(clock_.now()));
    co_await (std::move(woken) || std::move(due));
  }
}

void CrTopology::start_due() {
  for (const std::string& name : questions_.start_due(clock_.now())) {
    asio::co_spawn(executor_, ask(name, nodes_.at(name).uuid), rethrow);
  }
}

asio::awaitable<void> CrTopology::ask(std::string name, std::string uuid) {
  using namespace asio::experimental::awaitable_operators;
  auto question = find_(uuid);
  auto patience = clock_.sleep_until(clock_.now() + kAskBudget);
  auto first = co_await (std::move(question) || std::move(patience));
  Outcome<std::optional<std::string>> answer(
      Error{ErrorKind::kTransient, "no vCenter answered within 30 s"});
  if (first.index() == 0) answer = std::move(std::get<0>(first));
  answered(name, uuid, answer);
  wake();
}

void CrTopology::answered(const std::string& name, const std::string& uuid,
                          const Outcome<std::optional<std::string>>& answer) {
  const bool known = answer && answer->has_value();
  if (known) {
    questions_.succeeded(name, clock_.now());
  } else {
    questions_.failed(name, clock_.now(), random_());
  }
  const auto found = nodes_.find(name);
  // Deleted meanwhile, or another machine: that one is asked for on its own.
  if (found == nodes_.end() || found->second.uuid != uuid) return;
  Node& node = found->second;
  node.asked = true;
  if (known) {
    node.vcenter = **answer;
    node.problem.clear();
    log_.info("node={} vcenter={}", name, *node.vcenter);
    index(name, node);
  } else {
    std::string problem = answer ? "no vCenter has a VM with this uuid" : answer.error().detail;
    if (std::exchange(node.problem, problem) != problem) {
      log_.warn("node={} uuid={} vcenter=unknown error=\"{}\"", name, uuid, problem);
    }
  }
  check_asked_all();
}

std::size_t CrTopology::homeless() const {
  return static_cast<std::size_t>(
      std::count_if(nodes_.begin(), nodes_.end(),
                    [](const auto& entry) { return !entry.second.vcenter.has_value(); }));
}

} // namespace syncer
