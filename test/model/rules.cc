#include "rules.h"

#include <algorithm>
#include <array>

namespace syncer::model {

namespace {

using namespace std::chrono_literals;

// What was asked this long ago may still be acted on.
constexpr auto kStaleAnswer = 60s;
constexpr auto kSettle = 10s;
constexpr auto kLateWindow = 300s;
constexpr auto kGrace = 5min;
constexpr auto kMissingAge = 30min;

bool is_missing_label(const CnsEntity& entity) {
  return std::any_of(entity.labels.begin(), entity.labels.end(), [](const auto& label) {
    return label.first.view() == "pv_missing" && label.second.view() == "true";
  });
}

} // namespace

void Rules::watch(Process* process) {
  process_ = process;
  doubts_.clear();
  busy_until_.clear();
  retained_.clear();
  labelled_.clear();
  labelled_in_cycle_ = 0;
  missing_confirmed_.clear();
  unregistered_.clear();
  unregister_confirmed_.clear();
}

void Rules::violated(const std::string& what) { broken_.push_back(what); }

Links Rules::links() const {
  Links links;
  for (const MigrationRecord& record : process_->migrations().all()) links[record.path] = record.id;
  return links;
}

void Rules::leader(const std::string& call) {
  if (!process_->leadership().held) violated(call + " without leadership");
}

void Rules::one_at_a_time(const VolumeId& id) {
  const auto busy = busy_until_.find(id);
  if (busy != busy_until_.end() && process_->now() < busy->second)
    violated("two writes of volume " + id.str() + " at a time");
  busy_until_[id] = process_->now() + vcenter_.weather.task_time;
}

void Rules::lost(const VolumeId& id, Time posted_at) { doubts_[id] = {posted_at}; }

void Rules::read(const std::vector<VolumeId>& ids) {
  for (const VolumeId& id : ids) {
    note_read(id);
    const auto doubt = doubts_.find(id);
    if (doubt != doubts_.end() && process_->now() >= doubt->second.lost_at + kSettle)
      doubt->second.read = true;
  }
}

void Rules::after_doubt(const VolumeId& id, const std::string& call) {
  const auto doubt = doubts_.find(id);
  if (doubt != doubts_.end() && !doubt->second.read)
    violated(call + " while an earlier one of it is in doubt and was not read");
}

// Nothing that may concern the volume was told to the process for a while.
bool Rules::long_quiet(const VolumeId& id) const {
  return process_->now() - process_->touched_at(id) > kStaleAnswer;
}

bool Rules::is_label(const CnsUpdate& call) const {
  return std::any_of(call.upserts.begin(), call.upserts.end(), [](const CnsEntity& entity) {
    return entity.ref.kind == EntityKind::kVolume && is_missing_label(entity);
  });
}

void Rules::update(const CnsUpdate& call) {
  const std::string name = "update of volume " + call.id.str();
  leader(name);
  one_at_a_time(call.id);
  after_doubt(call.id, name);
  const auto volume = vcenter_.store.answer(call.id);
  if (volume && volume->type == CnsVolumeType::kBlock) {
    std::array<int, 3> count{};
    for (const CnsEntity& entity : call.upserts)
      ++count.at(static_cast<std::size_t>(entity.ref.kind));
    for (const EntityRef& ref : call.removals) ++count.at(static_cast<std::size_t>(ref.kind));
    for (const int of_kind : count) {
      if (of_kind > 1) violated(name + " names two entities of a kind");
    }
  }
  ours_alone(call);
  retained_stays(call);
  if (is_label(call)) {
    label(call);
  } else {
    hands_off(call);
  }
  claims_stay(call);
}

void Rules::hands_off(const CnsUpdate& call) {
  if (!long_quiet(call.id)) return;
  const auto volume = vcenter_.store.answer(call.id);
  const CnsVolumeType type = volume ? volume->type : CnsVolumeType::kUnknown;
  const Expected now = expected(process_->feed().seen(), links(), call.id, type);
  if (now.hands_off.empty()) return;
  // What inline pods and the share of a departed PV leave behind.
  const bool only_removals = call.upserts.empty();
  if (!now.named && only_removals) return;
  // Only a complete view tells that a claim is gone.
  if (now.claim_gone && !process_->feed().sound()) return;
  std::string what;
  for (const CnsEntity& entity : call.upserts) what += " +" + text(entity);
  for (const EntityRef& ref : call.removals) what += " -" + text(ref);
  violated("update of volume " + call.id.str() + " although it is hands off: " + now.hands_off +
           ":" + what);
}

// A claim that merely is not in an unsound view may still exist. That of a PV which no longer
// serves the disk goes with it.
void Rules::claims_stay(const CnsUpdate& call) {
  const Feed& feed = process_->feed();
  if (feed.sound() || !long_quiet(call.id)) return;
  const auto volume = vcenter_.store.answer(call.id);
  const CnsVolumeType type = volume ? volume->type : CnsVolumeType::kUnknown;
  const Expected now = expected(feed.seen(), links(), call.id, type);
  const auto serves = [&](const PersistentVolume& pv) {
    return std::any_of(now.entities.begin(), now.entities.end(), [&](const CnsEntity& entity) {
      return entity.ref.kind == EntityKind::kVolume && entity.ref.name == pv.name;
    });
  };
  for (const EntityRef& ref : call.removals) {
    if (ref.kind != EntityKind::kClaim) continue;
    const Key key{ref.ns, ref.name};
    if (feed.seen().claims.contains(key) || feed.removal_observed(key)) continue;
    const bool bound_by_name =
        std::any_of(feed.seen().pvs.begin(), feed.seen().pvs.end(), [&](const auto& entry) {
          const PersistentVolume& pv = entry.second;
          return pv.handle == call.id && key_of(pv.claim) == key && serves(pv);
        });
    if (!bound_by_name) continue;
    violated("removal of " + text(ref) + " from volume " + call.id.str() +
             ": the view is not sound and nobody saw the claim go");
  }
}

void Rules::label(const CnsUpdate& call) {
  ++vcenter_.labels;
  const VolumeId& id = call.id;
  const std::string name = "pv_missing on volume " + id.str();
  const Feed& feed = process_->feed();
  const Time now = process_->now();
  if (!feed.sound()) violated(name + " by an unsound view: " + feed.why_unsound());
  if (anything_names(feed.seen(), links(), id)) violated(name + " although something names it");
  if (feed.caught_up() && now - changed_at_ > kStaleAnswer &&
      anything_names(truth_.objects(), links(), id))
    violated(name + " although something really names it");
  if (!process_->reconciler().conflicts().negative_decisions_allowed())
    violated(name + " during a conflict");
  const auto doubt = doubts_.find(id);
  if (doubt != doubts_.end() && now < doubt->second.lost_at + kLateWindow)
    violated(name + " while a write is in doubt");

  const auto named = last_named_.find(id);
  Time since = std::max(process_->started(), feed.left_at(id));
  if (named != last_named_.end()) since = std::max(since, named->second);
  for (const auto& [path, disk] : disks) {
    if (disk == id) since = std::max(since, feed.left_at(path));
  }
  if (now - since < kMissingAge) violated(name + " before its time");
  std::vector<Time> cycles;
  for (const Time at : process_->complete_cycles()) {
    if (at >= since) cycles.push_back(at);
  }
  if (cycles.size() < 2 || cycles.back() - cycles.front() < 5min)
    violated(name + " without two complete cycles");
  not_too_many_labels(id);
}

void Rules::create(const CnsCreate& call) {
  const std::string name = "registration of " + call.backing_id;
  leader(name);
  const VolumeId id(call.backing_id);
  one_at_a_time(id);
  if (call.name.empty() || call.name.size() > 80) violated(name + " by a bad name");
  for (const CnsEntity& entity : call.entities) created_.insert(text(entity.ref));
  if (call.backing == CnsCreate::Backing::kUrl) return;
  after_doubt(id, name);
  const Expected now = expected(process_->feed().seen(), links(), id, CnsVolumeType::kUnknown);
  const bool unsure = now.claim_gone && !process_->feed().sound();
  if (!now.hands_off.empty() && long_quiet(id) && !unsure) violated(name + ": " + now.hands_off);
  if (!now.dynamic || now.is_file) return;
  if (process_->complete_cycles().size() < 2) violated(name + " without two complete cycles");
}

bool Rules::controller_owned(const Feed::SeenDeletion& deletion) const {
  const PersistentVolume& pv = deletion.last;
  if (pv.policy != ReclaimPolicy::kDelete) return false;
  return pv.deleting || pv.phase == VolumePhase::kReleased || pv.phase == VolumePhase::kFailed;
}

void Rules::unregister(const VolumeId& id) {
  const std::string name = "unregistering volume " + id.str();
  vanished(id);
  leader(name);
  one_at_a_time(id);
  after_doubt(id, name);
  const Feed& feed = process_->feed();
  const Time now = process_->now();
  const bool steady = now - changed_at_ > kStaleAnswer;
  if (!feed.sound()) violated(name + " by an unsound view: " + feed.why_unsound());
  const auto doubt = doubts_.find(id);
  if (doubt != doubts_.end() && now < doubt->second.lost_at + kLateWindow)
    violated(name + " while a write is in doubt");

  const Links known = links();
  const Feed::SeenDeletion* last = nullptr;
  for (const Feed::SeenDeletion& deletion : feed.deletions()) {
    // The link may have gone meanwhile.
    const auto disk = disks.find(deletion.last.in_tree_path);
    const bool by_path = disk != disks.end() && disk->second == id;
    if (deletion.last.handle == id || by_path) last = &deletion;
  }
  if (last == nullptr) {
    violated(name + " without having seen its PV go");
    return;
  }
  const PersistentVolume& pv = last->last;
  not_too_many_unregistered(id, last->at);
  if (now - last->at < kGrace) violated(name + " before the grace has passed");
  if (pv.policy != ReclaimPolicy::kRetain && pv.dynamic) violated(name + " of policy Delete");
  if (controller_owned(*last)) violated(name + " that the controller owns");
  if (anything_names(feed.seen(), known, id)) violated(name + " although something names it");
  if (steady && truth_.objects().pvs.contains(key_of(pv)))
    violated(name + " although the API server has its PV");
  if (steady && truth_.attached.contains(pv.name)) violated(name + " that is attached");
  for (const auto& [key, pod] : feed.seen().pods) {
    const bool final = pod.phase == PodPhase::kSucceeded || pod.phase == PodPhase::kFailed;
    if (final || !(pod.key.ns == pv.claim.ns)) continue;
    for (const PodVolume& volume : pod.volumes) {
      if (!pv.claim.name.empty() && volume.claim == pv.claim.name)
        violated(name + " whose claim pod " + pod.key.name.str() + " names");
    }
  }
  const auto others = vcenter_.others_since.find(id);
  const auto volume = vcenter_.store.answer(id);
  // A volume that vanished and came back is no longer theirs.
  if (volume && volume->has_other_clusters && others != vcenter_.others_since.end() &&
      now - others->second > kStaleAnswer)
    violated(name + " that another cluster uses");
  if (volume && volume->type == CnsVolumeType::kFile && steady && !volume->entities.empty())
    violated(name + " with entities on the share");
  if (!process_->reconciler().conflicts().negative_decisions_allowed())
    violated(name + " during a conflict");
}

} // namespace syncer::model
