#include "model.h"

#include <algorithm>
#include <iostream>

namespace syncer::model {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLabelLimit = 32;

bool has_label(const CnsEntity& entity, std::string_view key) {
  return std::any_of(entity.labels.begin(), entity.labels.end(),
                     [&](const auto& label) { return label.first.view() == key; });
}

// What a vCenter with a limit keeps: the preserved label, then by key.
Labels cut(const Labels& labels, std::size_t limit) {
  if (limit == 0 || labels.size() <= limit) return labels;
  Labels kept;
  for (const auto& label : labels) {
    if (label.first.view() == "pv_retained") kept.push_back(label);
  }
  for (const auto& label : labels) {
    if (label.first.view() != "pv_retained" && kept.size() < limit) kept.push_back(label);
  }
  sort_labels(kept);
  return kept;
}

} // namespace

Model::Model(std::uint64_t seed, bool verbose)
    : random_(seed), verbose_(verbose), vcenter_(seed * 7919 + 1) {
  vcenter_.store.label_limit = one_in(2) ? kLabelLimit : 0;
  options_.verbose = verbose;
  options_.bulk_rate = one_in(2) ? 20 : 0;
  options_.max_in_flight = one_in(3) ? 2 : 8;
  options_.page = one_in(3) ? 7 : 500;
  options_.full_sync_interval = std::chrono::minutes(5 + below(6));
  build_world();
  truth_.told = [this](const Event& event) {
    if (process_) process_->feed().push(event);
  };
}

void Model::say(const std::string& what) {
  if (verbose_)
    std::cout << "  "
              << std::chrono::duration_cast<std::chrono::seconds>(now().time_since_epoch()).count()
              << "s " << what << '\n';
}

Uid Model::new_uid() { return Uid::parse("uid-" + std::to_string(++uids_)); }

void Model::build_world() {
  const auto add = [&](Kind kind, const std::string& prefix, std::size_t count, std::size_t names) {
    for (std::size_t i = 0; i < count; ++i) {
      Slot slot;
      slot.kind = kind;
      const std::string id = prefix + std::to_string(i);
      slot.id = id;
      for (std::size_t name = 0; name < names; ++name)
        slot.pvs.push_back("pv-" + id + (names > 1 ? "-" + std::to_string(name) : ""));
      if (kind == Kind::kInTree || kind == Kind::kInline) {
        slot.path = "[ds] kubevols/" + id + ".vmdk";
        slot.url = std::string("https://") + kHost + "/folder/kubevols/" + id +
                   ".vmdk?dcPath=%2FDC0&dsName=ds";
      }
      if (!slot.path.empty()) rules_.disks[slot.path] = slot.id;
      slots_.push_back(std::move(slot));
    }
  };
  add(Kind::kDynamic, "dyn-", 8, 1);
  add(Kind::kStatic, "disk-", 5, 1);
  add(Kind::kShare, "file:", 3, 3);
  add(Kind::kTwin, "twin-", 2, 2);
  add(Kind::kInTree, "tree-", 4, 1);
  add(Kind::kInline, "inline-", 3, 1);
  add(Kind::kOtherCluster, "other-", 3, 1);
  add(Kind::kForeign, "nobody-", 1, 1);
  vcenter_.places["tree-0"] = "[ds] kubevols/tree-0.vmdk";
  vcenter_.places["tree-1"] = "[ds] vm-1/tree-1.vmdk";
  vcenter_.places["tree-2"] = "[ds] kubevols/tree-2-000001.vmdk"; // a snapshot
  moved_ = {"tree-1"};
  for (const Slot& slot : slots_) {
    if (slot.kind == Kind::kForeign || slot.kind == Kind::kDynamic) continue;
    if (one_in(4)) {
      hidden_disks_.insert(slot.id.str());
      continue;
    }
    if (!slot.url.empty()) {
      vcenter_.store.add_vmdk(slot.url, slot.id);
    } else if (slot.kind == Kind::kShare) {
      vcenter_.store.add_share(slot.id);
    } else {
      vcenter_.store.add_disk(slot.id);
    }
    if (slot.kind == Kind::kOtherCluster) {
      vcenter_.store.create(slot.id);
      vcenter_.store.traits(slot.id).ours = false;
      vcenter_.store.traits(slot.id).others = true;
      vcenter_.others_since[slot.id] = Time();
    }
  }
}

void Model::begin_process() {
  Time start(std::chrono::hours(1000));
  std::vector<MigrationRecord> records;
  if (process_) {
    start = process_->now();
    records = process_->migrations().all();
  }
  ++result_.lives;
  rules_.watch(nullptr);
  process_.reset();
  process_ = std::make_unique<Process>(truth_, vcenter_, rules_, start, terms_, records, options_);
  rules_.watch(process_.get());
}

Result Model::run(std::size_t steps) {
  begin_process();
  for (const Resource resource : kResources) process_->feed().relist(resource);
  while (result_.steps < steps && rules_.broken().empty()) {
    ++result_.steps;
    if (verbose_) std::cout << "step " << result_.steps << '\n';
    step();
  }
  if (rules_.broken().empty()) {
    quiet();
    check();
  }
  result_.failures = rules_.broken();
  result_.updates = vcenter_.updates;
  result_.creates = vcenter_.creates;
  result_.unregistrations = vcenter_.unregistrations;
  result_.labels = vcenter_.labels;
  return result_;
}

void Model::step() {
  const std::uint64_t what = below(1000);
  if (what < 700) {
    change_cluster();
  } else if (what < 770) {
    change_cns();
  } else if (what < 780) {
    change_links();
  } else if (what < 860) {
    change_watch();
  } else if (what < 890) {
    change_weather();
  } else if (what < 893) {
    restart(one_in(2));
  } else if (what < 930) {
    confirm();
  }
  deliver();
  const Time before = now();
  const Links links = rules_.links();
  pass_time();
  check_new_drift(before, links);
}

void Model::pass_time() {
  const std::uint64_t how = below(1000);
  if (how < 500) {
    process_->settle();
  } else if (how < 850) {
    process_->advance(std::chrono::milliseconds(below(2000)));
  } else if (how < 980) {
    process_->advance(std::chrono::seconds(below(20)));
  } else if (how < 998) {
    process_->advance(std::chrono::seconds(below(300)));
  } else {
    process_->advance(std::chrono::minutes(10 + below(50)));
  }
}

// Everything that can come to an end does.
void Model::quiet() {
  say("quiet");
  vcenter_.weather = Weather();
  vcenter_.weather.task_time = 100ms;
  vcenter_.weather.read_time = 50ms;
  process_->leadership().held = true;
  process_->migrations().failing_puts = 0;
  process_->migrations().unremovable.clear();
  for (const auto& [resource, key] : truth_.all_broken()) {
    if (resource == Resource::kVolumes) truth_.put(PersistentVolume(truth_.objects().pvs.at(key)));
    if (resource == Resource::kClaims) truth_.put(Claim(truth_.objects().claims.at(key)));
    if (resource == Resource::kPods) truth_.put(Pod(truth_.objects().pods.at(key)));
  }
  for (const Resource resource : kResources) process_->feed().relist(resource);
  process_->feed().confirm();
  world_changed();
  for (int i = 0; i < 12 && rules_.broken().empty(); ++i) {
    process_->advance(10min);
    rules_.confirmed_missing();
    process_->departures().confirm_missing();
    rules_.confirmed_unregister();
    process_->departures().confirm_unregister();
    process_->reconciler().conflicts().confirm();
  }
}

void Model::check() {
  vcenter_.run_until(now());
  // What can never work is tried again now and then: one try may be under way.
  for (int i = 0; i < 10 && vcenter_.tasks_waiting(); ++i) {
    process_->advance(1s);
    vcenter_.run_until(now());
  }
  if (!rules_.broken().empty()) return;
  if (vcenter_.tasks_waiting()) rules_.violated("a task of CNS runs for ever");
  const Links links = rules_.links();
  std::set<VolumeId> ids = named_volumes(truth_.objects(), links);
  for (const Slot& slot : slots_) ids.insert(slot.id);
  for (const VolumeId& id : ids) check_volume(id);
  check_paths(links);
  check_drift();

  const std::size_t before = vcenter_.updates;
  process_->advance(options_.full_sync_interval * 2);
  if (vcenter_.updates != before) rules_.violated("a quiet full sync writes");
  result_.cycles = process_->full_sync().status().cycles;
}

// In-tree paths that are in use and whose disk exists lead to a volume.
void Model::check_paths(const Links& links) {
  for (const Slot& slot : slots_) {
    if (slot.path.empty() || hidden_disks_.contains(slot.id.str())) continue;
    const InternedString path(slot.path);
    if (links.contains(path)) continue;
    const VolumeId unknown("not registered yet");
    const Expected want =
        expected(truth_.objects(), {{path, unknown}}, unknown, CnsVolumeType::kBlock);
    const bool in_use =
        !want.pods_alone ||
        std::any_of(
            truth_.objects().pods.begin(), truth_.objects().pods.end(), [&](const auto& entry) {
              const Pod& pod = entry.second;
              const bool final =
                  pod.phase == PodPhase::kSucceeded || pod.phase == PodPhase::kFailed;
              return !final && std::any_of(pod.volumes.begin(), pod.volumes.end(),
                                           [&](const auto& v) { return v.in_tree_path == path; });
            });
    if (want.to_register && in_use)
      rules_.violated("in-tree path " + slot.path + " is not registered");
  }
}

void Model::check_volume(const VolumeId& id) {
  const std::string name = "volume " + id.str() + ": ";
  const auto volume = vcenter_.store.answer(id);
  const CnsVolumeType type = volume ? volume->type : CnsVolumeType::kUnknown;
  const Expected want = expected(truth_.objects(), rules_.links(), id, type);
  if (!volume) {
    if (want.to_register && vcenter_.store.has_backing(id, want.is_file))
      rules_.violated(name + "is not registered");
    return;
  }
  if (!want.named) {
    check_unnamed(id, *volume, want);
    return;
  }
  if (!want.hands_off.empty()) return;
  std::map<std::string, std::string> wanted;
  for (CnsEntity entity : want.entities) {
    for (const CnsEntity& there : volume->entities) {
      if (!(there.ref == entity.ref) || !has_label(there, "pv_retained")) continue;
      for (const auto& label : there.labels) {
        if (label.first.view() == "pv_retained") entity.labels.push_back(label);
      }
      sort_labels(entity.labels);
    }
    entity.labels = cut(entity.labels, vcenter_.store.label_limit);
    wanted[text(entity.ref)] = text(entity);
  }
  for (const CnsEntity& there : volume->entities) {
    if (want.pods_alone && there.ref.kind != EntityKind::kPod) continue;
    const auto found = wanted.find(text(there.ref));
    if (found == wanted.end()) {
      const bool left = want.more_pods && there.ref.kind == EntityKind::kPod;
      if (!left && !want.free.contains(text(there.ref)))
        rules_.violated(name + "CNS holds " + text(there) + ", which nothing wants");
      continue;
    }
    if (found->second != text(there) && !want.free.contains(found->first))
      rules_.violated(name + "CNS holds " + text(there) + " instead of " + found->second);
    wanted.erase(found);
  }
  for (const auto& [ref, entity] : wanted) {
    if (!want.free.contains(ref)) rules_.violated(name + "CNS lacks " + entity);
  }
  // Both come with the entities.
  if (want.entities.empty()) return;
  if (!volume->has_our_cluster) rules_.violated(name + "does not have our cluster id");
  if (!volume->distribution_current) rules_.violated(name + "has another distribution");
}

void Model::check_unnamed(const VolumeId& id, const CnsVolume& volume, const Expected& want) {
  const std::string name = "volume " + id.str() + ": ";
  if (want.in_tree) {
    for (const CnsEntity& there : volume.entities) {
      if (there.ref.kind == EntityKind::kPod && there.refers_to.empty())
        rules_.violated(name + text(there) + " is left of a pod that is gone");
    }
  }
  if (want.elsewhere || !volume.has_our_cluster) return;
  for (const auto& [key, claim] : truth_.objects().claims) {
    const std::string_view called = volume.name;
    if (claim.phase == ClaimPhase::kPending && called.starts_with("pvc-") &&
        Uid::parse(called.substr(4)) == claim.uid)
      return;
  }
  bool any = false;
  for (const CnsEntity& there : volume.entities) {
    if (there.ref.kind != EntityKind::kVolume) continue;
    any = true;
    if (!has_label(there, "pv_missing")) rules_.violated(name + "is missing and not labelled so");
  }
  if (!any) rules_.violated(name + "is missing and has no PV entity that says so");
}

} // namespace syncer::model
