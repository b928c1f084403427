#include "cns/privileges.h"

#include <algorithm>

#include "cns/vim_codec.h"

namespace syncer {

std::string has_privilege_request(const ManagedRef& authorization_manager,
                                  const std::vector<ManagedRef>& entities, const Secret& session,
                                  const std::vector<std::string>& privileges) {
  SoapWriter out("HasPrivilegeOnEntities", kVimNamespace, authorization_manager);
  for (const ManagedRef& entity : entities) out.reference("entity", entity);
  out.text("sessionId", session.reveal());
  for (const std::string& privilege : privileges) out.text("privId", privilege);
  return out.finish();
}

std::map<std::string, std::vector<std::string>> read_missing_privileges(const SoapAnswer& answer) {
  std::map<std::string, std::vector<std::string>> missing;
  for (pugi::xml_node one = answer.result(); one; one = next_same(one)) {
    const std::string entity = reference_of(child_of(one, "entity")).id;
    for (pugi::xml_node each = child_of(one, "privAvailability"); each; each = next_same(each)) {
      if (text_of(each, "isGranted") != "false" && text_of(each, "isGranted") != "0") continue;
      missing[entity].emplace_back(text_of(each, "privId"));
    }
  }
  return missing;
}

std::string describe(const std::vector<MissingPrivilege>& missing) {
  std::string text;
  for (const MissingPrivilege& one : missing) {
    if (!text.empty()) text += "; ";
    text.append(one.privilege).append(" on ").append(one.object);
  }
  return text;
}

std::string name_datastores(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 5;
  std::string text = names.size() == 1 ? "datastore " : "datastores ";
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i) {
    if (i > 0) text += ", ";
    text += names[i];
  }
  if (names.size() > kMost) text += " and " + std::to_string(names.size() - kMost) + " more";
  return text;
}

} // namespace syncer
