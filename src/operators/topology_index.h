#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/interned.h"

namespace syncer {

// Which vCenters hold nodes with a label, counted by node: a vCenter leaves a label only with the
// last of its nodes that carries it.
class TopologyIndex {
 public:
  using NodeLabels = std::vector<std::pair<InternedString, InternedString>>; // sorted, each once

  // What is known of the node now; without a vCenter it counts nowhere. True if an answer changed.
  bool put(const std::string& node, NodeLabels labels, std::optional<std::string> vcenter);
  bool remove(const std::string& node);

  std::vector<std::string> vcenters(const InternedString& key, const InternedString& value) const;

 private:
  struct Node {
    NodeLabels labels;
    std::optional<std::string> vcenter;
    bool operator==(const Node&) const = default;
  };
  void count(const Node& node, int by);

  std::map<std::string, Node> nodes_;
  std::map<std::pair<InternedString, InternedString>, std::map<std::string, int>> hosts_;
};

} // namespace syncer
