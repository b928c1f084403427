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

template <class T>
using PerKind = std::array<std::vector<T>, kKinds>;

PerKind<CnsEntity> wanted_entities(const Desired& desired, const RecordedEntities& known) {
  PerKind<CnsEntity> wanted;
  for (const CnsEntity& entity : desired.entities) {
    CnsEntity full = with_preserved_label(entity, find(known, entity.ref));
    if (desired.cut_labels) cut_labels(full);
    wanted[index(entity.ref.kind)].push_back(std::move(full));
  }
  return wanted;
}

PerKind<EntityRef> removals_of(const Desired& desired, const PerKind<CnsEntity>& wanted,
                               const RecordedEntities& known) {
  PerKind<EntityRef> removals;
  for (const RecordedEntity& entity : known) {
    const auto& same_kind = wanted[index(entity.ref.kind)];
    const bool is_wanted = std::any_of(same_kind.begin(), same_kind.end(),
                                       [&](const CnsEntity& w) { return w.ref == entity.ref; });
    const bool is_untouched = std::find(desired.untouched.begin(), desired.untouched.end(),
                                        entity.ref) != desired.untouched.end();
    if (!is_wanted && !is_untouched) removals[index(entity.ref.kind)].push_back(entity.ref);
  }
  return removals;
}

// Takes back removals that are not sure, and what would stand beside them on a block volume.
void keep_what_may_be_right(const Desired& desired, PerKind<CnsEntity>& wanted,
                            PerKind<EntityRef>& removals) {
  const std::array<bool, kKinds> kept = {desired.keep_volumes, desired.keep_claims,
                                         desired.keep_pods};
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    if (removals[kind].empty()) continue;
    if (kept[kind]) {
      removals[kind].clear();
      if (!desired.is_file) wanted[kind].clear();
    } else if (desired.upsert_only && (desired.is_file || wanted[kind].empty())) {
      removals[kind].clear();
    }
  }
}

std::vector<CnsUpdate> one_call(const VolumeId& id, bool differs, const PerKind<CnsEntity>& wanted,
                                const PerKind<EntityRef>& removals) {
  CnsUpdate call;
  call.id = id;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    call.removals.insert(call.removals.end(), removals[kind].begin(), removals[kind].end());
    call.upserts.insert(call.upserts.end(), wanted[kind].begin(), wanted[kind].end());
  }
  if (!differs && call.removals.empty()) return {};
  return {std::move(call)};
}

std::vector<CnsUpdate> calls_of_one_per_kind(const VolumeId& id, bool differs,
                                             const PerKind<CnsEntity>& wanted,
                                             const PerKind<EntityRef>& removals) {
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

// Of an in-tree volume that only pods named: their entities, known by having no claim. Those of a
// PV's pods go with the PV, by other rules.
std::vector<CnsUpdate> plan_inline_end(const VolumeId& id, const RecordedEntities& known) {
  std::vector<CnsUpdate> plan;
  for (const RecordedEntity& entity : known) {
    if (entity.ref.kind != EntityKind::kPod || entity.refers) continue;
    CnsUpdate call;
    call.id = id;
    call.removals.push_back(entity.ref);
    plan.push_back(std::move(call));
  }
  return plan;
}

} // namespace

RecordedEntity recorded(const CnsEntity& entity) {
  RecordedEntity result;
  result.ref = entity.ref;
  for (const auto& [key, value] : entity.labels) {
    if (key.view() == kPreservedLabel) {
      result.preserved = value;
      continue;
    }
    result.content.add(key.view());
    result.content.add(value.view());
  }
  result.refers = !entity.refers_to.empty();
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
                                   const RecordedEntities& known, bool rewrite) {
  if (desired.inline_ended) return plan_inline_end(id, known);
  if (desired.hands_off != HandsOff::kNo) return {};
  PerKind<CnsEntity> wanted = wanted_entities(desired, known);
  PerKind<EntityRef> removals = removals_of(desired, wanted, known);
  keep_what_may_be_right(desired, wanted, removals);
  bool nothing_wanted = true;
  bool differs = false;
  for (const auto& kind : wanted) {
    nothing_wanted = nothing_wanted && kind.empty();
    differs = differs || std::any_of(kind.begin(), kind.end(), [&](const CnsEntity& entity) {
                return !holds(known, entity);
              });
  }
  differs = differs || (rewrite && !nothing_wanted);
  return desired.is_file ? one_call(id, differs, wanted, removals)
                         : calls_of_one_per_kind(id, differs, wanted, removals);
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
