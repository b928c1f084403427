#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "operators/topology.h"

namespace syncer {

// Topology as a test writes it.
class FakeTopology final : public Topology {
 public:
  bool synced() const override { return is_synced; }
  std::vector<std::string> vcenters(const InternedString& key,
                                    const InternedString& value) const override {
    const auto found = places_.find({key.str(), value.str()});
    if (found == places_.end()) return {};
    return {found->second.begin(), found->second.end()};
  }

  // A node of `vcenter` carries the label (no longer).
  void add(const std::string& vcenter, const std::string& key, const std::string& value) {
    places_[{key, value}].insert(vcenter);
  }
  void remove(const std::string& vcenter, const std::string& key, const std::string& value) {
    places_[{key, value}].erase(vcenter);
  }

  bool is_synced = true;

 private:
  std::map<std::pair<std::string, std::string>, std::set<std::string>> places_;
};

} // namespace syncer
