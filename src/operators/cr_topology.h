#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "operators/attempt_book.h"
#include "operators/cr_writer.h"
#include "operators/topology.h"
#include "operators/topology_index.h"

namespace syncer {

// Topology from the CSINodeTopology objects, which somebody else watches: the labels of a node
// count once its object says Success, and until it says so again or is deleted (a restarting node
// plugin resets the status, the machine stays where it is). Which vCenter holds the machine is
// asked per node, many at once; an unknown machine or a failed answer is asked again, ever more
// slowly.
class CrTopology final : public Topology, public ObjectSink {
 public:
  // The host, as configured, of the vCenter that has the VM with this uuid; nothing: no vCenter
  // knows it. Must be quick to answer for one vCenter when another one does not, and limit how
  // many calls one vCenter gets at once. Given up after 30 s.
  using FindVCenter =
      std::function<asio::awaitable<Outcome<std::optional<std::string>>>(std::string node_uuid)>;
  // Some answer of `vcenters`, or `synced`, changed.
  using Changed = std::function<void()>;

  CrTopology(const CrDeps& deps, asio::any_io_executor executor, FindVCenter find, Changed changed);
  // Asks until cancelled. Questions that are under way then end by themselves.
  asio::awaitable<void> run();

  // The first list is complete, and every node in it was asked for once.
  bool synced() const override { return asked_all_; }
  std::vector<std::string> vcenters(const InternedString& key,
                                    const InternedString& value) const override {
    return index_.vcenters(key, value);
  }

  // Nodes whose vCenter is not known.
  std::size_t homeless() const;

  Outcome<> put(const ObjectName& name, const nlohmann::json& object) override;
  void remove(const ObjectName& name) override;
  void listed() override;

 private:
  struct Node {
    std::string uuid;
    TopologyIndex::NodeLabels labels;
    std::optional<std::string> vcenter;
    bool asked = false;
    std::string problem; // logged once
  };

  void start_due();
  asio::awaitable<void> ask(std::string name, std::string uuid);
  void answered(const std::string& name, const std::string& uuid,
                const Outcome<std::optional<std::string>>& answer);
  void check_asked_all();
  void index(const std::string& name, const Node& node);
  void wake() { wake_.try_send(boost::system::error_code()); }

  asio::any_io_executor executor_;
  Clock& clock_;
  spdlog::logger& log_;
  Random random_;
  FindVCenter find_;
  Changed changed_;
  std::map<std::string, Node> nodes_;
  AttemptBook questions_; // by node, as long as its vCenter is not known
  bool listed_ = false;
  bool asked_all_ = false;
  TopologyIndex index_;
  asio::experimental::channel<void(boost::system::error_code)> wake_;
};

} // namespace syncer
