#include <algorithm>

#include "sim/vcenter_state.h"
#include "sim/vcenter_xml.h"

namespace syncer::sim {

namespace {

using SteadyClock = std::chrono::steady_clock;

std::ptrdiff_t count_of(pugi::xml_node parent, const char* name) {
  const auto found = parent.children(name);
  return std::distance(found.begin(), found.end());
}

SimFault wrong_size(std::string_view property) {
  return invalid_argument(property, "Input size is not equal to 1");
}

} // namespace

std::string batch_result(std::string_view type, const std::string& volume_id,
                         const std::optional<SimFault>& fault, std::string_view more) {
  std::string out = "<result xsi:type=\"CnsVolumeOperationBatchResult\"><volumeResults xsi:type=\"";
  out += type;
  out += "\">";
  if (!volume_id.empty()) {
    out += "<volumeId>";
    append_element(out, "id", volume_id);
    out += "</volumeId>";
  }
  if (fault) append_localized_fault(out, "fault", *fault);
  out += more;
  return out + "</volumeResults></result>";
}

Answer VcenterState::start_task(const std::string& method, const std::string& volume_id,
                                std::function<TaskOutcome()> work) {
  TaskTimes times = mischief.on_task(method, volume_id, options.task_time);
  times.queue = options.task_queue_time;
  const std::uint64_t number = tasks.start(method, volume_id, times, std::move(work),
                                           SteadyClock::now(), std::chrono::system_clock::now());
  if (method == "CnsUpdateVolumeMetadata" && !volume_id.empty()) {
    running_updates_[number] = volume_id;
  }
  record.max_tasks_in_flight = std::max(record.max_tasks_in_flight, tasks.unfinished());
  tasks_moved();
  std::string out;
  append_moref(out, "returnval", "Task", task_id(number));
  return out;
}

SimFault VcenterState::unknown_volume(const std::string& id) const {
  SimFault fault = fault_for_volume(options.unknown_volume_fault, id);
  fault.message = "The volume " + id + " was not found.";
  return fault;
}

Answer VcenterState::refuse_update(const std::string& volume_id, SimFault fault, bool violation) {
  const std::string text = "CnsUpdateVolumeMetadata " + volume_id + ": " + fault.message;
  if (violation) {
    record.violation(text);
  } else {
    record.refusal(text);
  }
  return fault;
}

Answer VcenterState::cns_update(Context& context) {
  const pugi::xml_node element = context.call.element;
  if (count_of(element, "updateSpecs") != 1) {
    return refuse_update("", wrong_size("updateSpecs"), true);
  }
  const pugi::xml_node spec = element.child("updateSpecs");
  const std::string id(text_of(spec.child("volumeId"), "id"));
  if (id.empty()) {
    return refuse_update(id, invalid_argument("volumeId", "The volume id is empty."), true);
  }
  CnsMetadata metadata = read_metadata(spec.child("metadata"));
  CnsVolume* volume = store.find(id);
  const SimVolumeType type = volume ? volume->base.type : SimVolumeType::kBlock;
  if (metadata.entities.empty()) {
    return refuse_update(
        id, invalid_argument("metadata.entityMetadata", "The list of entities is empty."), true);
  }
  if (auto fault = store.check_metadata(metadata, type)) {
    // A client may learn the limits of labels only by trying.
    const bool labels = fault->fields.find("entityMetadata.labels") != std::string::npos;
    return refuse_update(id, *std::move(fault), !labels);
  }
  complain_of_foreign_entities("CnsUpdateVolumeMetadata " + id, metadata);
  if (const auto ordered = mischief.take_fault(id, FaultPlace::kSoapFault)) {
    return fault_for_volume(ordered->type, id);
  }
  if (!volume && options.not_registered_fault && store.find_disk(id)) {
    return refuse_update(id, fault_for_volume("CnsNotRegisteredFault", id), false);
  }
  if (!volume && options.unknown_volume_place == FaultPlace::kSoapFault) {
    return refuse_update(id, unknown_volume(id), false);
  }
  if (volume) {
    if (auto fault = store.check_duplicates(*volume, metadata)) {
      return refuse_update(id, *std::move(fault), false);
    }
    begin_update(*volume);
  }
  VcenterRecord::Update update{
      id, context.session->writes_for.value_or(""), SteadyClock::now(), {}};
  // The state owns the task that owns this function.
  return start_task("CnsUpdateVolumeMetadata", id,
                    [this, update = std::move(update), metadata = std::move(metadata)] {
                      return finish_update(update, metadata);
                    });
}

void VcenterState::check_writer(const Context& context) {
  const std::string_view method = context.call.method->name;
  const bool writes = method == "CnsUpdateVolumeMetadata" || method == "CnsCreateVolume" ||
                      method == "CnsDeleteVolume";
  if (!writes || !options.lease_holder) return;
  const std::string holder = options.lease_holder();
  std::optional<std::string>& writes_for = context.session->writes_for;
  if (!writes_for) writes_for = holder;
  if (*writes_for != holder) {
    record.violation(std::string(method) + " by the session of \"" + *writes_for + "\" while \"" +
                     holder + "\" leads");
  }
}

void VcenterState::begin_update(CnsVolume& volume) {
  ++volume.updates_running;
  volume.max_updates_running = std::max(volume.max_updates_running, volume.updates_running);
  record.max_running_updates = std::max(record.max_running_updates, volume.updates_running);
  if (volume.updates_running > 1) {
    record.violation("two updates at a time of volume " + volume.base.id);
  }
}

void VcenterState::end_update(const std::string& volume_id) {
  CnsVolume* volume = store.find(volume_id);
  if (volume && volume->updates_running > 0) --volume->updates_running;
}

TaskOutcome VcenterState::finish_update(VcenterRecord::Update update, const CnsMetadata& metadata) {
  const std::string volume_id = update.volume_id;
  constexpr std::string_view kType = "CnsVolumeOperationResult";
  const auto task_fault = mischief.take_fault(volume_id, FaultPlace::kTaskError);
  const auto entry_fault = mischief.take_fault(volume_id, FaultPlace::kResultEntry);
  CnsVolume* volume = store.find(volume_id);
  std::optional<SimFault> fault;
  if (!volume) fault = unknown_volume(volume_id);
  const bool spared =
      (!task_fault || task_fault->applied) && (!entry_fault || entry_fault->applied);
  if (volume && spared) {
    CnsStore::Removed removed;
    fault = store.apply(*volume, metadata, removed);
    record.entities_removed += removed.entities;
    record.clusters_removed += removed.clusters;
    if (fault) record.refusal("late: " + volume_id + ": " + fault->message);
    if (!fault) {
      volume->last_applied = SteadyClock::now();
      ++record.updates_applied;
      if (record.updates.size() < VcenterRecord::kMaxUpdates) {
        update.applied = volume->last_applied;
        record.updates.push_back(std::move(update));
      }
      if (on_applied) on_applied(*volume);
    }
  }
  if (task_fault) return {{}, fault_for_volume(task_fault->type, volume_id)};
  if (entry_fault) fault = fault_for_volume(entry_fault->type, volume_id);
  if (!volume && options.unknown_volume_place == FaultPlace::kTaskError) return {{}, fault};
  return {batch_result(kType, volume_id, fault), std::nullopt};
}

void VcenterState::complain_of_foreign_entities(const std::string& what,
                                                const CnsMetadata& metadata) {
  const SimEntityRef* foreign = metadata.foreign_entity();
  if (!foreign) return;
  ++record.foreign_entities;
  record.violation(what + ": " + foreign->type + " " + foreign->name + " is of cluster " +
                   foreign->cluster_id + ", the call of cluster " + metadata.cluster.id);
}

Answer VcenterState::cns_delete(Context& context) {
  const pugi::xml_node element = context.call.element;
  const std::string id(text_of(element.child("volumeIds"), "id"));
  if (is_true(element, "deleteDisk")) {
    record.violation("CnsDeleteVolume with deleteDisk=true of volume " + id);
    return fault_for_volume("NoPermission", id);
  }
  if (count_of(element, "volumeIds") != 1 || id.empty()) {
    record.violation("CnsDeleteVolume without exactly one volume id");
    if (!id.empty()) return wrong_size("volumeIds");
    return invalid_argument("volumeIds", "The volume id is empty.");
  }
  if (const auto ordered = mischief.take_fault(id, FaultPlace::kSoapFault)) {
    return fault_for_volume(ordered->type, id);
  }
  if (!store.find(id) && options.unknown_delete_place == FaultPlace::kSoapFault) {
    return unknown_volume(id);
  }
  return start_task("CnsDeleteVolume", id, [this, id] { return finish_delete(id); });
}

TaskOutcome VcenterState::finish_delete(const std::string& volume_id) {
  constexpr std::string_view kType = "CnsVolumeOperationResult";
  const auto task_fault = mischief.take_fault(volume_id, FaultPlace::kTaskError);
  const auto entry_fault = mischief.take_fault(volume_id, FaultPlace::kResultEntry);
  const bool spared =
      (!task_fault || task_fault->applied) && (!entry_fault || entry_fault->applied);
  const CnsVolume* volume = store.find(volume_id);
  const bool known = volume;
  if (volume && spared) {
    // The disk stays and can be registered again.
    const SimVolume& base = volume->base;
    store.add_disk({base.id, base.type, base.capacity_mib, base.datastore_url});
    ++record.deletes;
    if (record.deleted.size() < VcenterRecord::kMaxTexts) record.deleted.push_back(base);
    store.erase(volume_id);
  }
  if (task_fault) return {{}, fault_for_volume(task_fault->type, volume_id)};
  std::optional<SimFault> fault;
  if (entry_fault) fault = fault_for_volume(entry_fault->type, volume_id);
  if (!known && !fault) fault = unknown_volume(volume_id);
  if (!known && options.unknown_delete_place == FaultPlace::kTaskError) return {{}, fault};
  return {batch_result(kType, volume_id, fault), {}};
}

} // namespace syncer::sim
