#include "operators/node_topology_controller.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

namespace syncer {

namespace {

using Status = NodeTopology::Status;

constexpr Backoff kTryAgain{std::chrono::seconds(1), std::chrono::minutes(5)};
constexpr AttemptBook::Limits kLimits{64, 32};
constexpr std::chrono::seconds kNotLeaderPause{1};
constexpr std::size_t kMaxMessage = 1024;
constexpr const char* kSucceeded = "TopologyRetrievalSucceeded";
constexpr const char* kFailed = "TopologyRetrievalFailed";
constexpr const char* kNotWritten = "CSINodeTopologyUpdateFailed";

void rethrow(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

EventTarget about(const std::string& name, const NodeTopology& node) {
  EventTarget target;
  target.kind = EventTarget::Kind::kNodeTopology;
  target.key.name = name;
  target.uid = Uid::parse(node.uid);
  return target;
}

template <class T>
asio::awaitable<Outcome<T>> within(Clock& clock, Clock::duration patience,
                                   asio::awaitable<Outcome<T>> work) {
  using namespace asio::experimental::awaitable_operators;
  auto limit = clock.sleep_until(clock.now() + patience);
  auto first = co_await (std::move(work) || std::move(limit));
  if (first.index() == 0) co_return std::move(std::get<0>(first));
  Error late;
  late.detail = "vCenter did not answer in time";
  co_return late;
}

} // namespace

NodeTopologyController::NodeTopologyController(Deps deps, TopologySettings settings)
    : deps_(std::move(deps)),
      wanted_(wanted_labels(settings)),
      writer_(deps_.cr, "CSINodeTopology", kNodeTopologies),
      attempts_(kTryAgain, kLimits),
      wake_(deps_.executor, 1) {}

Outcome<> NodeTopologyController::put(const ObjectName& name, const nlohmann::json& object) {
  NodeTopology node = decode_node_topology(object);
  const auto known = nodes_.find(name.name);
  if (node.status == Status::kSuccess) {
    // It may be the first half of our own answer: an attempt that runs goes on.
    if (attempts_.running(name.name)) {
      if (known != nodes_.end()) known->second = std::move(node);
    } else {
      remove(name);
    }
    return Done{};
  }
  const bool other = known == nodes_.end() || known->second.uuid != node.uuid;
  // The node plugin asks by taking the status away.
  const bool asks = !other && node.status == Status::kNone && known->second.status != Status::kNone;
  if (other) attempts_.forget(name.name);
  if (other || asks) {
    attempts_.want(name.name, deps_.cr.clock.now());
    wake();
  }
  nodes_.insert_or_assign(name.name, std::move(node));
  return Done{};
}

void NodeTopologyController::remove(const ObjectName& name) {
  nodes_.erase(name.name);
  attempts_.forget(name.name);
}

std::size_t NodeTopologyController::waiting() const {
  std::size_t count = 0;
  for (const auto& [name, node] : nodes_) count += node.status != Status::kSuccess ? 1 : 0;
  return count;
}

asio::awaitable<void> NodeTopologyController::run() {
  using namespace asio::experimental::awaitable_operators;
  for (;;) {
    start_due();
    auto woken = wake_.async_receive(asio::as_tuple(asio::use_awaitable));
    auto due = deps_.cr.clock.sleep_until(attempts_.next_due(deps_.cr.clock.now()));
    co_await (std::move(woken) || std::move(due));
  }
}

void NodeTopologyController::start_due() {
  if (stopped_) return;
  for (const std::string& name : attempts_.start_due(deps_.cr.clock.now())) {
    const auto node = nodes_.find(name);
    if (node == nodes_.end()) continue;
    asio::co_spawn(deps_.executor, attempt(name, node->second), rethrow);
  }
}

bool NodeTopologyController::may_work() const {
  const Leadership& leadership = deps_.cr.leadership;
  return !stopped_ && leadership.may_write(leadership.write_budget());
}

asio::awaitable<void> NodeTopologyController::attempt(std::string name, NodeTopology node) {
  End end = End::kNotLeader;
  if (may_work()) {
    end = co_await answer(name, std::move(node));
  }
  const auto now = deps_.cr.clock.now();
  // What we wrote, though no event may ever show it: the next question is to be seen as one.
  const auto known = nodes_.find(name);
  const bool wrote = known != nodes_.end() && end != End::kNotLeader;
  if (wrote) known->second.status = end == End::kDone ? Status::kSuccess : Status::kError;
  switch (end) {
    case End::kDone:
      attempts_.succeeded(name, now);
      break;
    case End::kFailed:
      attempts_.failed(name, now, deps_.cr.random());
      break;
    case End::kNotLeader:
      attempts_.postponed(name, now + kNotLeaderPause);
      break;
  }
  wake();
}

asio::awaitable<NodeTopologyController::End> NodeTopologyController::answer(std::string name,
                                                                            NodeTopology node) {
  if (node.uuid.empty()) {
    deps_.cr.log.debug("node={} topology=waiting: spec.nodeuuid is empty", name);
    co_return End::kFailed;
  }
  const Outcome<NodeInventory*> vcenter = co_await locate(node);
  if (!vcenter || !wanted_) {
    Error error = vcenter ? wanted_.error() : vcenter.error();
    co_return co_await fail(name, node, std::move(error));
  }
  if (wanted_->empty()) {
    std::vector<TopologyLabel> none;
    co_return co_await succeed(name, node, std::move(none));
  }
  if (node.has_labels) {
    const End kept = co_await keep_labels(name, node);
    if (kept != End::kDone) co_return kept;
  }
  Outcome<std::vector<TopologyLabel>> labels = co_await labels_at(**vcenter, node.uuid);
  if (!labels) {
    co_return co_await fail(name, node, std::move(labels).error());
  }
  co_return co_await succeed(name, node, *std::move(labels));
}

asio::awaitable<Outcome<NodeInventory*>> NodeTopologyController::locate(NodeTopology node) {
  auto question = deps_.find(node.uuid);
  Outcome<NodeInventory*> found = co_await within(deps_.cr.clock, kPatience, std::move(question));
  if (found && *found == nullptr) {
    co_return Error{ErrorKind::kNotFound, "no vCenter has a VM with UUID " + node.uuid};
  }
  co_return found;
}

asio::awaitable<Outcome<std::vector<TopologyLabel>>> NodeTopologyController::labels_at(
    NodeInventory& vcenter, std::string uuid) {
  auto question = vcenter.tags_above_vm(std::move(uuid));
  const Outcome<std::vector<ObjectTags>> above =
      co_await within(deps_.cr.clock, kPatience, std::move(question));
  if (!above) co_return above.error();
  co_return topology_labels(*wanted_, *above);
}

// So that a node that has been here before is not held up by the question for its tags.
asio::awaitable<NodeTopologyController::End> NodeTopologyController::keep_labels(
    std::string name, NodeTopology node) {
  CrWriter::Change change = [](nlohmann::json& object) {
    object["status"]["status"] = "Success";
    object["status"].erase("errorMessage");
  };
  const End end = co_await write(name, node, std::move(change));
  if (end == End::kDone) {
    deps_.events.normal(about(name, node), kSucceeded, "found existing topology.");
  }
  co_return end;
}

asio::awaitable<NodeTopologyController::End> NodeTopologyController::succeed(
    std::string name, NodeTopology node, std::vector<TopologyLabel> labels) {
  std::string told = labels.empty() ? "Not a topology aware cluster." : "topology labels:";
  for (const TopologyLabel& label : labels) told += " " + label.key + "=" + label.value;
  CrWriter::Change change = [labels](nlohmann::json& object) { set_success(object, labels); };
  const End end = co_await write(name, node, std::move(change));
  if (end != End::kDone) co_return end;
  deps_.cr.log.info("node={} topology=\"{}\"", name, told);
  deps_.events.normal(about(name, node), kSucceeded, told);
  co_return End::kDone;
}

asio::awaitable<NodeTopologyController::End> NodeTopologyController::fail(std::string name,
                                                                          NodeTopology node,
                                                                          Error error) {
  if (!may_work()) co_return End::kNotLeader;
  std::string message = error.detail.substr(0, kMaxMessage);
  deps_.cr.log.warn("node={} uuid={} topology=failed error=\"{}\"", name, node.uuid, message);
  deps_.events.warning(about(name, node), kFailed, message);
  CrWriter::Change change = [message](nlohmann::json& object) { set_error(object, message); };
  const End end = co_await write(name, node, std::move(change));
  co_return end == End::kDone ? End::kFailed : end;
}

// Only while the object is still about the same machine: another one is asked for on its own.
asio::awaitable<NodeTopologyController::End> NodeTopologyController::write(
    std::string name, NodeTopology node, CrWriter::Change change) {
  if (!may_work()) co_return End::kNotLeader;
  CrWriter::Change guarded = [uuid = node.uuid, change](nlohmann::json& object) {
    if (decode_node_topology(object).uuid == uuid) change(object);
  };
  const Outcome<bool> written = co_await writer_.edit(name, std::move(guarded));
  if (written || written.error().kind == ErrorKind::kNotFound) co_return End::kDone;
  if (written.error().kind == ErrorKind::kCancelled) co_return End::kNotLeader;
  deps_.cr.log.warn("node={} topology=unwritten error=\"{}\"", name, written.error().detail);
  deps_.events.warning(about(name, node), kNotWritten, written.error().detail);
  co_return End::kFailed;
}

} // namespace syncer
