#include "operators/topology_labels.h"

#include <algorithm>

namespace syncer {

namespace {

std::string key_of(const TopologySettings& settings, const std::string& category,
                   const char* otherwise) {
  const auto own = settings.labels.find(category);
  return own == settings.labels.end() ? otherwise : own->second;
}

} // namespace

Outcome<std::vector<WantedLabel>> wanted_labels(const TopologySettings& settings) {
  std::vector<WantedLabel> wanted;
  wanted.reserve(settings.categories.size());
  for (const std::string& category : settings.categories) {
    wanted.push_back({"topology.csi.vmware.com/" + category, category});
  }
  if (!wanted.empty() || (settings.zone.empty() && settings.region.empty())) return wanted;
  if (settings.zone.empty() || settings.region.empty()) {
    return Error{ErrorKind::kRejected,
                 "missing zone or region information in vSphere CSI config `Labels` section"};
  }
  wanted.push_back(
      {key_of(settings, settings.zone, "failure-domain.beta.kubernetes.io/zone"), settings.zone});
  wanted.push_back({key_of(settings, settings.region, "failure-domain.beta.kubernetes.io/region"),
                    settings.region});
  return wanted;
}

Outcome<std::vector<TopologyLabel>> topology_labels(const std::vector<WantedLabel>& wanted,
                                                    const std::vector<ObjectTags>& above) {
  std::map<std::string, std::string> values; // by category
  const auto known = [&](const WantedLabel& label) { return values.contains(label.category); };
  for (const ObjectTags& tags : above) {
    if (std::all_of(wanted.begin(), wanted.end(), known)) break;
    for (const AttachedTag& tag : tags) {
      const bool asked = std::any_of(wanted.begin(), wanted.end(), [&](const WantedLabel& label) {
        return label.category == tag.category;
      });
      if (asked) values[tag.category] = tag.name;
    }
  }
  std::string missing;
  std::vector<TopologyLabel> labels;
  for (const WantedLabel& label : wanted) {
    if (known(label)) {
      labels.push_back({label.key, values[label.category]});
    } else {
      missing += (missing.empty() ? "" : ", ") + label.category;
    }
  }
  if (missing.empty()) return labels;
  return Error{ErrorKind::kNotFound,
               "no tag of category " + missing + " on the host of the VM or above it"};
}

} // namespace syncer
