#include "cns/pbm.h"

namespace syncer {

namespace {

SoapWriter pbm_request(std::string_view method) {
  static const ManagedRef kManager{"PbmProfileProfileManager", "ProfileManager"};
  return SoapWriter(method, kPbmNamespace, kManager);
}

} // namespace

std::string pbm_query_request() {
  SoapWriter out = pbm_request("PbmQueryProfile");
  out.open("resourceType");
  out.text("resourceType", "STORAGE");
  out.close("resourceType");
  out.text("profileCategory", "REQUIREMENT");
  return out.finish();
}

std::vector<std::string> read_pbm_ids(const SoapAnswer& answer) {
  std::vector<std::string> ids;
  for (pugi::xml_node one = answer.result(); one; one = next_same(one)) {
    const std::string_view id = text_of(one, "uniqueId");
    if (!id.empty()) ids.emplace_back(id);
  }
  return ids;
}

std::string pbm_retrieve_request(const std::vector<std::string>& ids) {
  SoapWriter out = pbm_request("PbmRetrieveContent");
  for (const std::string& id : ids) {
    out.open("profileIds");
    out.text("uniqueId", id);
    out.close("profileIds");
  }
  return out.finish();
}

std::vector<StoragePolicy> read_pbm_policies(const SoapAnswer& answer) {
  std::vector<StoragePolicy> policies;
  for (pugi::xml_node one = answer.result(); one; one = next_same(one)) {
    StoragePolicy policy;
    policy.name = text_of(one, "name");
    policy.id = text_of(child_of(one, "profileId"), "uniqueId");
    if (!policy.id.empty()) policies.push_back(std::move(policy));
  }
  return policies;
}

} // namespace syncer
