#include "reconcile/plan.h"

#include <algorithm>
#include <array>

#include "reconcile/label_limits.h"

namespace syncer {

namespace {

constexpr std::size_t kKinds = 3;

std::size_t index(EntityKind kind) { return static_cast<std::size_t>(kind); }

const RecordedEntity* find(const RecordedEntities& recorded, const EntityRef& ref) {
  const auto found = std::find_if(recorded.begin(), recorded.end(),
                                  [&](const RecordedEntity& r) { return r.ref == ref; });
  return found == recorded.end() ? nullptr : &*found;
}

bool holds(const RecordedEntities& known, const CnsEntity& entity) {
  const RecordedEntity* const now = find(known, entity.ref);
  const RecordedEntity target = recorded(entity);
  return now != nullptr && now->content == target.content && now->preserved == target.preserved;
}

CnsEntity with_preserved_label(const CnsEntity& wanted, const RecordedEntity* known) {
  CnsEntity entity = wanted;
  if (known == nullptr || known->preserved.empty()) return entity;
  entity.labels.emplace_back(kPreservedLabel, known->preserved);
  sort_labels(entity.labels);
  return entity;
}

} // namespace

RecordedEntity recorded(const CnsEntity& entity) {
  RecordedEntity result{entity.ref, {}, {}};
  for (const auto& [key, value] : entity.labels) {
    if (key.view() == kPreservedLabel) {
      result.preserved = value;
      continue;
    }
    result.content.add(key.view());
    result.content.add(value.view());
  }
  result.content.add("refers to");
  for (const EntityRef& ref : entity.refers_to) {
    result.content.add(to_string(ref.kind));
    result.content.add(ref.ns.view());
    result.content.add(ref.name.view());
  }
  return result;
}

RecordedEntities recorded(const std::vector<CnsEntity>& entities) {
  RecordedEntities result;
  result.reserve(entities.size());
  for (const CnsEntity& entity : entities) result.push_back(recorded(entity));
  return result;
}

std::vector<CnsUpdate> plan_update(const VolumeId& id, const Desired& desired,
                                   const RecordedEntities& known) {
  if (desired.hands_off != HandsOff::kNo) return {};
  std::array<std::vector<CnsEntity>, kKinds> wanted;
  for (const CnsEntity& entity : desired.entities) {
    CnsEntity full = with_preserved_label(entity, find(known, entity.ref));
    if (desired.cut_labels) cut_labels(full);
    wanted[index(entity.ref.kind)].push_back(std::move(full));
  }
  std::array<std::vector<EntityRef>, kKinds> removals;
  for (const RecordedEntity& entity : known) {
    const auto& same_kind = wanted[index(entity.ref.kind)];
    const bool is_wanted = std::any_of(same_kind.begin(), same_kind.end(),
                                       [&](const CnsEntity& w) { return w.ref == entity.ref; });
    if (!is_wanted) removals[index(entity.ref.kind)].push_back(entity.ref);
  }
  const auto keep = [&](EntityKind kind, bool kept) {
    if (!kept || removals[index(kind)].empty()) return;
    removals[index(kind)].clear();
    wanted[index(kind)].clear();
  };
  keep(EntityKind::kClaim, desired.keep_claims);
  keep(EntityKind::kPod, desired.keep_pods);
  bool differs = false;
  for (const auto& kind : wanted) {
    differs = differs || std::any_of(kind.begin(), kind.end(), [&](const CnsEntity& entity) {
                return !holds(known, entity);
              });
  }

  std::size_t calls = differs ? 1 : 0;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    if (removals[kind].empty()) continue;
    calls = std::max(calls, removals[kind].size() + (wanted[kind].empty() ? 0 : 1));
  }
  std::vector<CnsUpdate> plan(calls);
  for (std::size_t call = 0; call < calls; ++call) {
    plan[call].id = id;
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      if (call < removals[kind].size()) {
        plan[call].removals.push_back(removals[kind][call]);
      } else {
        plan[call].upserts.insert(plan[call].upserts.end(), wanted[kind].begin(),
                                  wanted[kind].end());
      }
    }
  }
  return plan;
}

void apply_acknowledged(const CnsUpdate& call, RecordedEntities& known) {
  const auto forget = [&](const EntityRef& ref) {
    std::erase_if(known, [&](const RecordedEntity& r) { return r.ref == ref; });
  };
  for (const EntityRef& ref : call.removals) forget(ref);
  for (const CnsEntity& entity : call.upserts) {
    forget(entity.ref);
    known.push_back(recorded(entity));
  }
  known.shrink_to_fit();
}

} // namespace syncer
