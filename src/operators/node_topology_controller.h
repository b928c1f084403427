#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/events.h"
#include "operators/attempt_book.h"
#include "operators/cr_writer.h"
#include "operators/node_topology_object.h"

namespace syncer {

// Answers the node plugins: each writes a CSINodeTopology object without a status and does not
// register its node before that says Success. Gives it the labels that follow from the tags above
// the node's VM, or none where no topology is configured; what fails is told in the status and
// tried again, ever more slowly. An object that says Success is done.
class NodeTopologyController final : public ObjectSink {
 public:
  // The vCenter that has the VM with this UUID; null: none has it. It lives as long as this object.
  using FindNode = std::function<asio::awaitable<Outcome<NodeInventory*>>(std::string uuid)>;
  struct Deps {
    CrDeps cr;
    asio::any_io_executor executor;
    EventSink& events;
    FindNode find;
  };
  // How long vCenter may take for each of the two questions: where is the VM, and what are its
  // tags?
  static constexpr std::chrono::seconds kPatience{30};

  NodeTopologyController(Deps deps, TopologySettings settings);

  Outcome<> put(const ObjectName& name, const nlohmann::json& object) override;
  void remove(const ObjectName& name) override;

  // Until cancelled. Attempts that are under way then end by themselves; after stop() they write no
  // more.
  asio::awaitable<void> run();
  void stop() { stopped_ = true; }

  // Nodes without an answer.
  std::size_t waiting() const;

 private:
  enum class End { kDone, kFailed, kNotLeader };

  bool may_work() const;
  void start_due();
  asio::awaitable<void> attempt(std::string name, NodeTopology node);
  asio::awaitable<End> answer(std::string name, NodeTopology node);
  asio::awaitable<Outcome<NodeInventory*>> locate(NodeTopology node);
  asio::awaitable<Outcome<std::vector<TopologyLabel>>> labels_at(NodeInventory& vcenter,
                                                                 std::string uuid);
  asio::awaitable<End> succeed(std::string name, NodeTopology node,
                               std::vector<TopologyLabel> labels);
  asio::awaitable<End> keep_labels(std::string name, NodeTopology node);
  asio::awaitable<End> fail(std::string name, NodeTopology node, Error error);
  asio::awaitable<End> write(std::string name, NodeTopology node, CrWriter::Change change);
  void wake() { wake_.try_send(boost::system::error_code()); }

  Deps deps_;
  Outcome<std::vector<WantedLabel>> wanted_;
  CrWriter writer_;
  std::map<std::string, NodeTopology> nodes_; // by name, without those that are done
  AttemptBook attempts_;
  bool stopped_ = false;
  asio::experimental::channel<void(boost::system::error_code)> wake_;
};

} // namespace syncer
