// What happens to CNS, to the watches and to the process.
#include <algorithm>

#include "fakes/kube_builders.h"
#include "model.h"

namespace syncer::model {

namespace {
using namespace std::chrono_literals;
} // namespace

void Model::change_cns() {
  vcenter_.run_until(now());
  const Slot& slot = any(slots_);
  const VolumeId& id = slot.id;
  if (!vcenter_.store.contains(id)) {
    disk_appears();
    return;
  }
  world_changed();
  const std::uint64_t what = below(100);
  if (what < 70) {
    drift(id);
  } else if (what < 78) {
    vanish(id);
  } else if (what < 88) {
    other_cluster(id);
  } else {
    say("another distribution on " + id.str());
    vcenter_.store.traits(id).distribution_current = false;
  }
}

// Somebody or something changes what CNS holds under our cluster id.
void Model::drift(const VolumeId& id) {
  if (!vcenter_.store.traits(id).ours) return;
  say("drift on " + id.str());
  std::vector<CnsEntity> entities = vcenter_.store.entities(id);
  const bool block = vcenter_.store.answer(id)->type != CnsVolumeType::kFile;
  if (!entities.empty() && !one_in(3)) {
    CnsEntity& one = entities[below(entities.size())];
    const std::uint64_t what = below(10);
    if (what < 4) {
      const EntityRef ref = one.ref;
      std::erase_if(entities, [&](const CnsEntity& entity) { return entity.ref == ref; });
    } else if (one.ref.kind == EntityKind::kPod) {
      one.refers_to.clear();
    } else if (what < 8) {
      one.labels = many_labels(below(4));
    } else if (what < 9) {
      one.labels.emplace_back("pv_retained", "true");
      sort_labels(one.labels);
    } else if (one.ref.kind == EntityKind::kClaim) {
      one.refers_to.clear();
    }
  } else {
    const auto kind = static_cast<EntityKind>(below(3));
    const bool there = std::any_of(entities.begin(), entities.end(),
                                   [&](const CnsEntity& e) { return e.ref.kind == kind; });
    if (block && there) return;
    CnsEntity stale;
    stale.ref = {kind, kind == EntityKind::kVolume ? "" : "shop",
                 "stale-" + std::to_string(below(3))};
    const bool known = std::any_of(entities.begin(), entities.end(),
                                   [&](const CnsEntity& e) { return e.ref == stale.ref; });
    if (!known) entities.push_back(stale);
  }
  // CNS would not have taken more.
  for (CnsEntity& entity : entities) {
    if (entity.labels.size() > 32) entity.labels.resize(32);
  }
  vcenter_.store.set(id, std::move(entities));
}

void Model::vanish(const VolumeId& id) {
  say(id.str() + " vanishes from CNS");
  const bool block = vcenter_.store.answer(id)->type != CnsVolumeType::kFile;
  vcenter_.store.drop(id);
  vcenter_.others_since.erase(id);
  rules_.vanished(id);
  if (block && one_in(2)) vcenter_.store.add_disk(id);
}

void Model::other_cluster(const VolumeId& id) {
  CnsStore::Traits& traits = vcenter_.store.traits(id);
  if (!traits.others) {
    say("another cluster uses " + id.str());
    traits.others = true;
    vcenter_.others_since[id] = now();
    // Taken over by it altogether.
    if (one_in(4)) {
      traits.ours = false;
      vcenter_.store.set(id, {});
    }
  } else if (traits.ours) {
    say("another cluster leaves " + id.str());
    traits.others = false;
    vcenter_.others_since.erase(id);
  }
}

void Model::disk_appears() {
  if (hidden_disks_.empty() || !one_in(3)) return;
  const std::string name = *hidden_disks_.begin();
  for (const Slot& slot : slots_) {
    if (slot.id.str() != name) continue;
    say("disk of " + name + " appears");
    if (!slot.url.empty()) {
      vcenter_.store.add_vmdk(slot.url, slot.id);
    } else if (slot.kind == Kind::kShare) {
      vcenter_.store.add_share(slot.id);
    } else {
      vcenter_.store.add_disk(slot.id);
    }
  }
  hidden_disks_.erase(name);
}

// Migration objects by another hand, and an API server that does not take ours.
void Model::change_links() {
  FakeMigrationStore& migrations = process_->migrations();
  if (one_in(4)) {
    migrations.failing_puts = below(3);
    return;
  }
  std::vector<Slot> in_tree;
  for (const Slot& slot : slots_) {
    if (!slot.path.empty()) in_tree.push_back(slot);
  }
  const Slot& slot = any(in_tree);
  const InternedString path(slot.path);
  world_changed();
  if (anything_names(process_->feed().seen(), rules_.links(), slot.id))
    rules_.named_until_now(slot.id, now());
  if (migrations.find(path)) {
    say("link of " + slot.path + " is deleted");
    migrations.unlink(slot.id);
  } else if (vcenter_.store.contains(slot.id)) {
    say("link of " + slot.path + " is made");
    MigrationRecord record;
    record.id = slot.id;
    record.path = path;
    migrations.link(record);
  } else {
    return;
  }
  process_->path_changed(path, slot.id);
}

void Model::deliver() {
  Feed& feed = process_->feed();
  for (const Resource resource : kResources) {
    if (one_in(4)) continue;
    feed.deliver(resource, one_in(3) ? 1 : 100);
  }
}

void Model::change_watch() {
  Feed& feed = process_->feed();
  const Resource resource = kResources.at(below(3));
  world_changed();
  const std::uint64_t what = below(100);
  if (what < 35) {
    say(std::string("watch lost: ") + name_of(resource));
    feed.lose(resource);
  } else if (what < 85) {
    // Those that are down come back first.
    for (const Resource down : kResources) {
      if (feed.watching(down)) continue;
      say(std::string("relist: ") + name_of(down));
      feed.relist(down);
      return;
    }
    say(std::string("relist: ") + name_of(resource));
    feed.relist(resource);
  } else if (what < 90) {
    say(std::string("nameless event: ") + name_of(resource));
    feed.deliver_nameless(resource);
  } else if (what < 96) {
    if (snapshots_.size() > 4) snapshots_.erase(snapshots_.begin());
    snapshots_.push_back(truth_.save());
  } else if (what < 98 && !snapshots_.empty()) {
    say(std::string("stale list: ") + name_of(resource));
    feed.stale_list(resource, any(snapshots_));
  } else if (!snapshots_.empty() && one_in(4)) {
    say("etcd is restored");
    truth_.restore(snapshots_.front());
    snapshots_.clear();
    feed.server_went_back();
  }
}

void Model::change_weather() {
  Weather& weather = vcenter_.weather;
  weather = Weather();
  weather.task_time = std::chrono::milliseconds(below(3000));
  weather.read_time = std::chrono::milliseconds(below(1500));
  weather.late = std::chrono::seconds(1 + below(298));
  if (one_in(20))
    process_->leadership().held = false;
  else if (one_in(2))
    process_->leadership().held = true;
  if (one_in(2)) return;
  const unsigned bad = one_in(4) ? 250 : 40;
  const auto some = [&] { return static_cast<unsigned>(below(bad)); };
  weather.unsent = some();
  weather.refused = some();
  weather.lost_applied = some();
  weather.lost_not_applied = some();
  weather.lost_late = some();
  weather.reads_fail = some();
}

// The process dies; what it has posted still happens. Another one starts.
void Model::restart(bool new_term) {
  say(new_term ? "fail-over" : "restart");
  if (new_term) ++terms_;
  world_changed();
  begin_process();
  for (const Resource resource : kResources) process_->feed().relist(resource);
}

void Model::confirm() {
  switch (below(4)) {
    case 0:
      process_->feed().confirm();
      break;
    case 1:
      rules_.confirmed_missing();
      process_->departures().confirm_missing();
      break;
    case 2:
      rules_.confirmed_unregister();
      process_->departures().confirm_unregister();
      break;
    case 3:
      process_->reconciler().conflicts().confirm();
      break;
  }
}

} // namespace syncer::model
