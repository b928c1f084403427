// Storage policies: /pbm. The session is that of /sdk, named in the SOAP header.
#include <algorithm>

#include "sim/vcenter_state.h"
#include "sim/vcenter_xml.h"

namespace syncer::sim {

namespace {

void append_profile(std::string& out, const SimProfile& profile) {
  constexpr std::string_view kWhen = "2024-01-01T00:00:00.000Z";
  out +=
      "<returnval xmlns:pbm=\"urn:pbm\" xsi:type=\"pbm:PbmCapabilityProfile\">"
      "<profileId><uniqueId>";
  append_escaped(out, profile.id);
  out += "</uniqueId></profileId>";
  append_element(out, "name", profile.name);
  append_element(out, "description", "");
  append_element(out, "creationTime", kWhen);
  append_element(out, "createdBy", "Temporary user handle");
  append_element(out, "lastUpdatedTime", kWhen);
  append_element(out, "lastUpdatedBy", "Temporary user handle");
  append_element(out, "profileCategory", profile.category);
  out +=
      "<resourceType><resourceType>STORAGE</resourceType></resourceType>"
      "<constraints xsi:type=\"pbm:PbmCapabilitySubProfileConstraints\">"
      "<subProfiles><name>Rule-Set 1</name></subProfiles></constraints>"
      "<generationId>0</generationId><isDefault>false</isDefault></returnval>";
}

} // namespace

Answer VcenterState::pbm_service_content(Context&) {
  std::string out = "<returnval><aboutInfo><name>PBM</name>";
  append_element(out, "version", "2.0");
  append_element(out, "instanceUuid", options.instance_uuid);
  out += "</aboutInfo>";
  append_moref(out, "sessionManager", "PbmSessionManager", "SessionManager");
  append_moref(out, "capabilityMetadataManager", "PbmCapabilityMetadataManager",
               "CapabilityMetadataManager");
  append_moref(out, "profileManager", "PbmProfileProfileManager", "ProfileManager");
  append_moref(out, "complianceManager", "PbmComplianceManager", "complianceManager");
  append_moref(out, "placementSolver", "PbmPlacementSolver", "placementSolver");
  return out + "</returnval>";
}

Answer VcenterState::pbm_query_profile(Context& context) {
  const pugi::xml_node element = context.call.element;
  if (text_of(element.child("resourceType"), "resourceType") != "STORAGE") {
    return invalid_argument("resourceType", "The resource type is not STORAGE.");
  }
  const std::string_view category = text_of(element, "profileCategory");
  if (!category.empty() && category != "REQUIREMENT" && category != "RESOURCE" &&
      category != "DATA_SERVICE_POLICY") {
    return invalid_argument("profileCategory", "Unknown profile category.");
  }
  std::string out;
  for (const SimProfile& profile : options.profiles) {
    if (!category.empty() && profile.category != category) continue;
    out += "<returnval>";
    append_element(out, "uniqueId", profile.id);
    out += "</returnval>";
  }
  return out;
}

Answer VcenterState::pbm_retrieve_content(Context& context) {
  std::string out;
  for (const pugi::xml_node& id : context.call.element.children("profileIds")) {
    const std::string_view wanted = text_of(id, "uniqueId");
    const auto held = std::find_if(options.profiles.begin(), options.profiles.end(),
                                   [&](const SimProfile& one) { return one.id == wanted; });
    if (held == options.profiles.end()) {
      return invalid_argument("profileId", "A specified parameter was not correct: profileId");
    }
    append_profile(out, *held);
  }
  return out;
}

} // namespace syncer::sim
