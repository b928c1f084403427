#include "reconcile/routing.h"

#include <algorithm>

namespace syncer {

namespace {

using Requirement = std::pair<InternedString, std::vector<InternedString>>;
using Hosts = std::vector<std::string>; // in configured order

std::string join(const Hosts& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

// "zone=z1" or "zone=z1|z2"
std::string text_of(const Requirement& requirement) {
  Hosts values;
  for (const InternedString& value : requirement.second) values.push_back(value.str());
  return requirement.first.str() + "=" + join(values, "|");
}

std::string text_of(const NodeTerm& term) {
  Hosts parts;
  for (const Requirement& requirement : term.requirements) parts.push_back(text_of(requirement));
  return join(parts, ", ");
}

Hosts hosts_of(const Requirement& requirement, const Hosts& configured, const Topology& topology) {
  Hosts hosts;
  for (const std::string& host : configured) {
    const auto has = [&](const InternedString& value) {
      const Hosts known = topology.vcenters(requirement.first, value);
      return std::find(known.begin(), known.end(), host) != known.end();
    };
    if (std::any_of(requirement.second.begin(), requirement.second.end(), has))
      hosts.push_back(host);
  }
  return hosts;
}

Route unresolved(std::string reason) {
  return {Route::Kind::kUnresolved, {}, false, std::move(reason)};
}

// Where one term leads.
Route route_of(const NodeTerm& term, const Hosts& configured, const Topology& topology) {
  Hosts candidates = configured;
  for (const Requirement& requirement : term.requirements) {
    const Hosts hosts = hosts_of(requirement, configured, topology);
    if (hosts.empty()) {
      return unresolved("no node of a configured vCenter carries " + text_of(requirement));
    }
    std::erase_if(candidates, [&](const std::string& host) {
      return std::find(hosts.begin(), hosts.end(), host) == hosts.end();
    });
  }
  if (candidates.empty())
    return unresolved("no single vCenter has nodes for all of " + text_of(term));
  if (candidates.size() > 1) {
    return unresolved("nodes of " + join(candidates, " and ") + " carry " + text_of(term));
  }
  return {Route::Kind::kVCenter, candidates.front(), false, {}};
}

// A term without requirements selects no node: it says nothing about the place.
std::vector<NodeTerm> usable_terms(const VolumeFacts& facts) {
  std::vector<NodeTerm> terms;
  for (const BoundVolume& volume : facts.volumes) {
    for (const NodeTerm& term : volume.pv.nodes) {
      if (!term.requirements.empty()) terms.push_back(term);
    }
  }
  return terms;
}

Route by_affinity(const std::vector<NodeTerm>& terms, const Hosts& configured,
                  const Topology& topology) {
  Hosts hosts;
  for (const NodeTerm& term : terms) {
    Route route = route_of(term, configured, topology);
    if (route.kind != Route::Kind::kVCenter) return route;
    if (std::find(hosts.begin(), hosts.end(), route.vcenter) == hosts.end())
      hosts.push_back(std::move(route.vcenter));
  }
  if (hosts.size() > 1) {
    return unresolved("the terms of its node affinity lead to " + join(hosts, " and "));
  }
  return {Route::Kind::kVCenter, hosts.front(), false, {}};
}

} // namespace

bool is_file_volume(const VolumeId& id, const VolumeFacts& facts) {
  return id.view().starts_with("file:") ||
         std::any_of(facts.volumes.begin(), facts.volumes.end(),
                     [](const BoundVolume& volume) { return volume.pv.multi_access; });
}

Route route_of(const RoutingInput& input, const Topology& topology) {
  const Hosts& configured = input.vcenters;
  if (configured.size() == 1) return {Route::Kind::kVCenter, configured.front(), false, {}};
  if (configured.empty()) return {Route::Kind::kNotYet, {}, false, "no vCenter is configured"};
  if (!input.records_synced) {
    return {Route::Kind::kNotYet, {}, false, "the CNSVolumeInfo objects are not listed yet"};
  }
  if (input.recorded) {
    const std::string& host = *input.recorded;
    if (std::find(configured.begin(), configured.end(), host) != configured.end())
      return {Route::Kind::kVCenter, host, true, {}};
    return {Route::Kind::kUnknownVCenter, host, true,
            "its CNSVolumeInfo names vCenter " + host + ", which is not configured"};
  }
  if (input.facts.volumes.empty()) return {Route::Kind::kNoVolume, {}, false, "no PV names it"};
  const std::vector<NodeTerm> terms = usable_terms(input.facts);
  if (is_file_volume(input.id, input.facts) || terms.empty()) {
    return {
        Route::Kind::kAsk, {}, false, "neither a CNSVolumeInfo nor node affinity names a vCenter"};
  }
  if (!topology.synced()) {
    return {Route::Kind::kNotYet, {}, false, "the nodes' topology is not listed yet"};
  }
  return by_affinity(terms, configured, topology);
}

} // namespace syncer
