#include "core/conditions.h"

namespace syncer {

const char* to_string(Condition condition) {
  switch (condition) {
    case Condition::kViewWentBack:
      return "ViewWentBack";
    case Condition::kMassMissing:
      return "MassMissing";
    case Condition::kMassUnregister:
      return "MassUnregister";
    case Condition::kClusterIdConflict:
      return "ClusterIdConflict";
    case Condition::kUnknownVCenter:
      return "UnknownVCenter";
    case Condition::kClusterIdUnknown:
      return "ClusterIdUnknown";
    case Condition::kConfigInvalid:
      return "ConfigInvalid";
    case Condition::kCrdUnavailable:
      return "CrdUnavailable";
    case Condition::kRightsMissing:
      return "RightsMissing";
    case Condition::kCredentialsRejected:
      return "CredentialsRejected";
    case Condition::kMissingPrivileges:
      return "MissingPrivileges";
    case Condition::kVCenterUnavailable:
      return "VCenterUnavailable";
    case Condition::kCnsSlow:
      return "CnsSlow";
    case Condition::kApiServerUnavailable:
      return "ApiServerUnavailable";
    case Condition::kObjectsUndecodable:
      return "ObjectsUndecodable";
    case Condition::kNoLeader:
      return "NoLeader";
  }
  return "";
}

std::vector<std::string> condition_names() {
  std::vector<std::string> names;
  names.reserve(kConditions.size());
  for (const Condition condition : kConditions) names.emplace_back(to_string(condition));
  return names;
}

void Conditions::raise(Condition condition, const std::string& vcenter, std::string detail) {
  const auto [entry, fresh] =
      standing_.try_emplace({condition, vcenter}, State{std::string(), clock_.now()});
  entry->second.detail = std::move(detail);
  if (fresh && changed_) changed_(entry->first, true, entry->second.detail);
}

void Conditions::clear(Condition condition, const std::string& vcenter) {
  const auto found = standing_.find({condition, vcenter});
  if (found == standing_.end()) return;
  const auto last = standing_.extract(found);
  if (changed_) changed_(last.key(), false, last.mapped().detail);
}

void Conditions::clear_all_vcenters() {
  std::vector<Key> stale;
  for (const auto& [key, state] : standing_) {
    if (!key.second.empty()) stale.push_back(key);
  }
  for (const Key& key : stale) clear(key.first, key.second);
}

void Conditions::judge(Condition condition, const std::string& vcenter,
                       const std::optional<Trouble>& trouble, Clock::duration patience) {
  if (!trouble) {
    clear(condition, vcenter);
  } else if (clock_.now() - trouble->since >= patience) {
    raise(condition, vcenter, trouble->detail);
  }
}

} // namespace syncer
