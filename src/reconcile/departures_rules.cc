#include "reconcile/departures_rules.h"

#include <algorithm>

namespace syncer {

namespace {

constexpr std::string_view kProvisionedPrefix = "pvc-";

bool is_of(const EntityRef& ref, const UnregisterBook::DepartedPv& pv) {
  switch (ref.kind) {
    case EntityKind::kVolume:
      return ref.name == pv.name;
    case EntityKind::kClaim:
      return !pv.claim.name.empty() && ref.ns == pv.claim.ns && ref.name == pv.claim.name;
    case EntityKind::kPod:
      return false;
  }
  return false;
}

bool is_of_any(const EntityRef& ref, const std::vector<UnregisterBook::DepartedPv>& departed) {
  return std::any_of(departed.begin(), departed.end(),
                     [&](const UnregisterBook::DepartedPv& pv) { return is_of(ref, pv); });
}

std::string text(const EntityRef& ref) {
  std::string text = to_string(ref.kind);
  text += ' ';
  if (!ref.ns.empty()) text += ref.ns.str() + "/";
  return text + ref.name.str();
}

bool is_missing_label(const std::pair<InternedString, InternedString>& label) {
  return label.first.view() == kMissingLabel && label.second.view() == "true";
}

CnsEntity with_missing_label(CnsEntity entity) {
  entity.labels.emplace_back(kMissingLabel, "true");
  sort_labels(entity.labels);
  return entity;
}

} // namespace

std::string cns_objection(const CnsVolume& volume,
                          const std::vector<UnregisterBook::DepartedPv>& departed, bool stripped) {
  if (volume.has_other_clusters) return "CNS shows another cluster beside ours";
  if (!volume.has_our_cluster && !stripped) return "CNS does not show our cluster id";
  for (const CnsEntity& entity : volume.entities) {
    if (entity.ref.kind == EntityKind::kPod || is_of_any(entity.ref, departed)) continue;
    return "CNS shows " + text(entity.ref) + ", which is not of the deleted PV";
  }
  return {};
}

std::string share_objection(const CnsVolume& volume) {
  if (volume.has_other_clusters) return "CNS shows another cluster beside ours";
  if (volume.entities.empty()) return {};
  return "CNS still shows " + text(volume.entities.front().ref) + " on the share";
}

std::vector<EntityRef> entities_of(const CnsVolume& volume,
                                   const std::vector<UnregisterBook::DepartedPv>& departed) {
  std::vector<EntityRef> refs;
  for (const CnsEntity& entity : volume.entities) {
    if (is_of_any(entity.ref, departed)) refs.push_back(entity.ref);
  }
  return refs;
}

std::optional<CnsUpdate> missing_label(const CnsVolume& volume) {
  CnsUpdate update;
  update.id = volume.id;
  bool lacking = false;
  for (const CnsEntity& entity : volume.entities) {
    if (entity.ref.kind != EntityKind::kVolume) continue;
    const bool labelled = std::any_of(entity.labels.begin(), entity.labels.end(), is_missing_label);
    lacking = lacking || !labelled;
    update.upserts.push_back(with_missing_label(entity));
  }
  if (!update.upserts.empty() && !lacking) return std::nullopt;
  if (update.upserts.empty()) {
    const InternedString name = volume.name.empty() ? volume.id : InternedString(volume.name);
    const CnsEntity bare{{EntityKind::kVolume, {}, name}, {}, {}};
    update.upserts.push_back(with_missing_label(bare));
  }
  return update;
}

bool is_of_pending_claim(const CnsVolume& volume, const std::vector<Uid>& pending) {
  const std::string_view name = volume.name;
  if (!name.starts_with(kProvisionedPrefix)) return false;
  const Uid uid = Uid::parse(name.substr(kProvisionedPrefix.size()));
  return std::find(pending.begin(), pending.end(), uid) != pending.end();
}

} // namespace syncer
