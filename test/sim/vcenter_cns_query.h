#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

#include "sim/vcenter_cns_store.h"
#include "sim/vcenter_cns_xml.h"

namespace syncer::sim {

// A CnsQueryFilter or CnsKubernetesQueryFilter: conditions are ANDed, the values of one are ORed.
struct CnsFilter {
  std::vector<std::string> ids;
  std::unordered_set<std::string> names, clusters;
  std::string policy, compliance, accessibility, health;
  std::unordered_set<std::string> datastore_urls;
  std::vector<std::pair<std::string, std::string>> labels;
  std::unordered_set<std::string> namespaces, pods, claims, pvs;
  std::optional<std::int64_t> offset, limit;
};

// URL of the datastore with this moref.
using DatastoreUrl = std::function<std::string(std::string_view)>;

// Invalid input (an empty id or name, a negative cursor) fails the whole call.
std::variant<CnsFilter, SimFault> read_filter(pugi::xml_node filter,
                                              const DatastoreUrl& datastore_url);

struct CnsPageRules {
  std::int64_t default_limit = 100;
  std::int64_t max_limit = 1000; // larger ones are cut
  bool paged = true;             // false: everything in one answer
};

// Appends the content of a CnsQueryResult: <volumes>... then the cursor to continue with.
void append_query_result(std::string& out, CnsStore& store, const CnsFilter& filter,
                         const CnsSelection& selection, const CnsPageRules& rules);

} // namespace syncer::sim
