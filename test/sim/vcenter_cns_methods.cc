#include <algorithm>

#include "sim/vcenter_state.h"
#include "sim/vcenter_xml.h"

namespace syncer::sim {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMaxVolumeName = 80;

std::ptrdiff_t count_of(pugi::xml_node parent, const char* name) {
  const auto found = parent.children(name);
  return std::distance(found.begin(), found.end());
}

SimFault wrong_size(std::string_view property) {
  return invalid_argument(property, "Input size is not equal to 1");
}

SimFault unknown_volume(const std::string& id) {
  return plain_fault("NotFound", "The volume " + id + " was not found.");
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
  if (const auto ordered = mischief.take_fault(id, FaultPlace::kSoapFault)) {
    return fault_for_volume(ordered->type, id);
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
  const auto accepted = SteadyClock::now();
  // The state owns the task that owns this function.
  return start_task("CnsUpdateVolumeMetadata", id,
                    [this, id, metadata = std::move(metadata), accepted] {
                      return finish_update(id, metadata, accepted);
                    });
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

TaskOutcome VcenterState::finish_update(const std::string& volume_id, const CnsMetadata& metadata,
                                        SteadyClock::time_point accepted) {
  constexpr std::string_view kType = "CnsVolumeOperationResult";
  const auto task_fault = mischief.take_fault(volume_id, FaultPlace::kTaskError);
  const auto entry_fault = mischief.take_fault(volume_id, FaultPlace::kResultEntry);
  CnsVolume* volume = store.find(volume_id);
  std::optional<SimFault> fault;
  if (!volume) fault = unknown_volume(volume_id);
  const bool spared =
      (!task_fault || task_fault->applied) && (!entry_fault || entry_fault->applied);
  if (volume && spared) {
    fault = store.apply(*volume, metadata);
    if (fault) record.refusal("late: " + volume_id + ": " + fault->message);
    if (!fault) {
      volume->last_applied = SteadyClock::now();
      ++record.updates_applied;
      if (record.updates.size() < VcenterRecord::kMaxUpdates) {
        record.updates.push_back({volume_id, accepted, volume->last_applied});
      }
      if (on_applied) on_applied(*volume);
    }
  }
  if (task_fault) return {{}, fault_for_volume(task_fault->type, volume_id)};
  if (entry_fault) fault = fault_for_volume(entry_fault->type, volume_id);
  if (!volume && options.unknown_volume_place == FaultPlace::kTaskError) return {{}, fault};
  return {batch_result(kType, volume_id, fault), std::nullopt};
}

Answer VcenterState::cns_create(Context& context) {
  const pugi::xml_node element = context.call.element;
  if (count_of(element, "createSpecs") != 1) return wrong_size("createSpecs");
  const pugi::xml_node spec = element.child("createSpecs");
  const std::string_view type = text_of(spec, "volumeType");
  if (type != "BLOCK" && type != "FILE") {
    return invalid_argument("createSpecs.volumeType", "Unknown volume type.");
  }
  const std::string_view name = text_of(spec, "name");
  if (name.empty() || name.size() > kMaxVolumeName) {
    return invalid_argument("createSpecs.name", "The volume name is empty or longer than 80.");
  }
  if (const pugi::xml_node metadata = spec.child("metadata")) {
    const SimVolumeType kind = type == "FILE" ? SimVolumeType::kFile : SimVolumeType::kBlock;
    if (auto fault = store.check_metadata(read_metadata(metadata), kind)) return *std::move(fault);
  }
  // The task reads the request when it runs: it keeps a copy of the specification.
  const auto kept = std::make_shared<pugi::xml_document>();
  kept->append_copy(spec);
  return start_task("CnsCreateVolume", "",
                    [this, kept] { return finish_create(kept->first_child()); });
}

TaskOutcome VcenterState::finish_create(pugi::xml_node spec) {
  constexpr std::string_view kType = "CnsVolumeCreateResult";
  const pugi::xml_node backing = spec.child("backingObjectDetails");
  const bool file = text_of(spec, "volumeType") == "FILE";
  const std::string_view url = text_of(backing, "backingDiskUrlPath");
  std::string id(text_of(backing, file ? "backingFileId" : "backingDiskId"));
  const SimDisk* disk = !url.empty() ? store.find_disk_by_url(url) : store.find_disk(id);
  if (disk) id = disk->id;
  std::string name;
  append_element(name, "name", text_of(spec, "name"));
  if (store.find(id)) {
    return {batch_result(kType, "", fault_for_volume("CnsAlreadyRegisteredFault", id), name), {}};
  }
  if (!disk || (disk->type == SimVolumeType::kFile) != file) {
    SimFault fault = plain_fault("CnsFault", "The backing object was not found.");
    append_element(fault.fields, "reason", fault.message);
    return {batch_result(kType, "", fault, name), {}};
  }
  SimVolume volume;
  volume.id = id;
  volume.name = text_of(spec, "name");
  volume.type = disk->type;
  volume.capacity_mib = disk->capacity_mib;
  volume.datastore_url = disk->datastore_url;
  CnsVolume& held = store.put(std::move(volume));
  std::optional<SimFault> fault;
  if (const pugi::xml_node metadata = spec.child("metadata")) {
    fault = store.apply(held, read_metadata(metadata));
  }
  return {batch_result(kType, id, fault, name), {}};
}

Answer VcenterState::cns_delete(Context& context) {
  const pugi::xml_node element = context.call.element;
  const std::string id(text_of(element.child("volumeIds"), "id"));
  if (is_true(element, "deleteDisk")) {
    record.violation("CnsDeleteVolume with deleteDisk=true of volume " + id);
    return fault_for_volume("NoPermission", id);
  }
  if (count_of(element, "volumeIds") != 1) return wrong_size("volumeIds");
  if (id.empty()) return invalid_argument("volumeIds", "The volume id is empty.");
  if (const auto ordered = mischief.take_fault(id, FaultPlace::kSoapFault)) {
    return fault_for_volume(ordered->type, id);
  }
  return start_task("CnsDeleteVolume", id, [this, id] { return finish_delete(id); });
}

TaskOutcome VcenterState::finish_delete(const std::string& volume_id) {
  constexpr std::string_view kType = "CnsVolumeOperationResult";
  if (const auto ordered = mischief.take_fault(volume_id, FaultPlace::kTaskError)) {
    return {{}, fault_for_volume(ordered->type, volume_id)};
  }
  if (const auto ordered = mischief.take_fault(volume_id, FaultPlace::kResultEntry)) {
    return {batch_result(kType, volume_id, fault_for_volume(ordered->type, volume_id)), {}};
  }
  const CnsVolume* volume = store.find(volume_id);
  if (!volume) return {batch_result(kType, volume_id, unknown_volume(volume_id)), {}};
  // The disk stays and can be registered again.
  const SimVolume& base = volume->base;
  store.add_disk({base.id, base.type, "", base.capacity_mib, base.datastore_url});
  store.erase(volume_id);
  return {batch_result(kType, volume_id, std::nullopt), {}};
}

} // namespace syncer::sim
