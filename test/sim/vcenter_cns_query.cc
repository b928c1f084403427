#include "sim/vcenter_cns_query.h"

#include <algorithm>

#include "sim/vcenter_xml.h"

namespace syncer::sim {

namespace {

template <class Set>
bool allows(const Set& wanted, const std::string& value) {
  return wanted.empty() || wanted.contains(value);
}

bool in_clusters(const CnsFilter& filter, const CnsVolume& volume) {
  if (filter.clusters.empty()) return true;
  return std::any_of(volume.clusters.begin(), volume.clusters.end(),
                     [&](const CnsCluster& held) { return filter.clusters.contains(held.id); });
}

template <class Predicate>
bool any_entity(const CnsVolume& volume, Predicate predicate) {
  return std::any_of(volume.base.entities.begin(), volume.base.entities.end(), predicate);
}

bool has_label(const CnsVolume& volume, const std::pair<std::string, std::string>& wanted) {
  return any_entity(volume, [&](const SimEntity& entity) {
    const auto found = entity.labels.find(wanted.first);
    return found != entity.labels.end() && found->second == wanted.second;
  });
}

bool names_entity(const std::unordered_set<std::string>& wanted, const char* type,
                  const CnsVolume& volume) {
  return wanted.empty() || any_entity(volume, [&](const SimEntity& entity) {
           return entity.self.type == type && wanted.contains(entity.self.name);
         });
}

bool matches(const CnsFilter& filter, const CnsVolume& volume) {
  const SimVolume& base = volume.base;
  if (!allows(filter.names, base.name) || !in_clusters(filter, volume)) return false;
  if (!filter.datastore_urls.empty() && !filter.datastore_urls.contains(base.datastore_url)) {
    return false;
  }
  if (!filter.policy.empty() && filter.policy != base.storage_policy_id) return false;
  if (!filter.compliance.empty() && filter.compliance != "compliant") return false;
  if (!filter.accessibility.empty() && filter.accessibility != "accessible") return false;
  if (!filter.health.empty() && filter.health != volume.health) return false;
  if (!filter.labels.empty() &&
      std::none_of(filter.labels.begin(), filter.labels.end(),
                   [&](const auto& label) { return has_label(volume, label); })) {
    return false;
  }
  if (!filter.namespaces.empty() && !any_entity(volume, [&](const SimEntity& entity) {
        return filter.namespaces.contains(entity.self.ns);
      })) {
    return false;
  }
  return names_entity(filter.pods, kEntityPod, volume) &&
         names_entity(filter.claims, kEntityClaim, volume) &&
         names_entity(filter.pvs, kEntityVolume, volume);
}

std::vector<CnsVolume*> select(CnsStore& store, const CnsFilter& filter) {
  std::vector<CnsVolume*> found;
  if (filter.ids.empty()) {
    for (const auto& volume : store.volumes()) {
      if (matches(filter, *volume)) found.push_back(volume.get());
    }
    return found;
  }
  std::unordered_set<const CnsVolume*> seen;
  for (const std::string& id : filter.ids) {
    CnsVolume* volume = store.find(id);
    if (volume && matches(filter, *volume) && seen.insert(volume).second) found.push_back(volume);
  }
  return found;
}

std::unordered_set<std::string> set_of(pugi::xml_node node, const char* name) {
  std::unordered_set<std::string> values;
  for (const pugi::xml_node& child : node.children(name)) values.emplace(child.child_value());
  return values;
}

} // namespace

std::variant<CnsFilter, SimFault> read_filter(pugi::xml_node node,
                                              const DatastoreUrl& datastore_url) {
  CnsFilter filter;
  for (const pugi::xml_node& id : node.children("volumeIds")) {
    filter.ids.emplace_back(text_of(id, "id"));
    if (filter.ids.back().empty()) {
      return invalid_argument("filter.volumeIds", "A volume id must not be empty.");
    }
  }
  filter.names = set_of(node, "names");
  filter.clusters = set_of(node, "containerClusterIds");
  if (filter.names.contains("") || filter.clusters.contains("")) {
    return invalid_argument("filter", "A name or cluster id must not be empty.");
  }
  filter.policy = text_of(node, "storagePolicyId");
  filter.compliance = text_of(node, "complianceStatus");
  filter.accessibility = text_of(node, "datastoreAccessibilityStatus");
  filter.health = text_of(node, "healthStatus");
  for (const pugi::xml_node& node_of_datastore : node.children("datastores")) {
    filter.datastore_urls.insert(datastore_url(node_of_datastore.child_value()));
  }
  for (const pugi::xml_node& label : node.children("labels")) {
    filter.labels.emplace_back(text_of(label, "key"), text_of(label, "value"));
  }
  filter.namespaces = set_of(node, "namespaces");
  filter.pods = set_of(node, "podNames");
  filter.claims = set_of(node, "pvcNames");
  filter.pvs = set_of(node, "pvNames");
  if (const pugi::xml_node cursor = node.child("cursor")) {
    filter.offset = number_of(cursor, "offset");
    filter.limit = number_of(cursor, "limit");
    if (*filter.offset < 0 || *filter.limit < 0) {
      return invalid_argument("filter.cursor", "Offset and limit must not be negative.");
    }
  }
  return filter;
}

void append_query_result(std::string& out, CnsStore& store, const CnsFilter& filter,
                         const CnsSelection& selection, const CnsPageRules& rules) {
  const std::vector<CnsVolume*> found = select(store, filter);
  const auto total = static_cast<std::int64_t>(found.size());
  std::int64_t from = 0;
  std::int64_t limit = total;
  if (rules.paged) {
    from = std::min(filter.offset.value_or(0), total);
    limit = filter.limit.value_or(0) > 0 ? *filter.limit : rules.default_limit;
    limit = std::min(limit, rules.max_limit);
  }
  const std::int64_t to = std::min(from + limit, total);
  for (std::int64_t i = from; i < to; ++i) {
    append_volume(out, *found[static_cast<std::size_t>(i)], selection);
  }
  out += "<cursor>";
  append_element(out, "offset", to);
  append_element(out, "limit", limit);
  append_element(out, "totalRecords", total);
  out += "</cursor>";
}

} // namespace syncer::sim
