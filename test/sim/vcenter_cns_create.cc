// CnsCreateVolume: what exists as a disk, file share or vmdk becomes a volume. This server
// provisions nothing.
#include <algorithm>

#include "sim/vcenter_cns_xml.h"
#include "sim/vcenter_state.h"
#include "sim/vcenter_versions.h"
#include "sim/vcenter_xml.h"

namespace syncer::sim {

namespace {

constexpr std::size_t kMaxVolumeName = 80;

SimFault cns_fault(std::string reason) {
  SimFault fault = plain_fault("CnsFault", std::move(reason));
  append_element(fault.fields, "reason", fault.message);
  return fault;
}

SimFault wrong_backing(std::string why) {
  return invalid_argument("createSpecs.backingObjectDetails", std::move(why));
}

SimFault wrong_url(const std::string& why) {
  return invalid_argument("createSpecs.backingObjectDetails.backingDiskUrlPath",
                          "The disk URL is not valid: " + why);
}

} // namespace

std::optional<SimFault> VcenterState::read_backing(pugi::xml_node backing, CreateSpec& out) const {
  const std::string_view type = backing.attribute("xsi:type").value();
  const bool file = out.type == SimVolumeType::kFile;
  const bool file_type =
      type == "CnsFileBackingDetails" || type == "CnsVsanFileShareBackingDetails";
  if (file ? !file_type : type != "CnsBlockBackingDetails") {
    return wrong_backing("Its type does not fit the volume type.");
  }
  out.backing_id = text_of(backing, file ? "backingFileId" : "backingDiskId");
  out.url_text = text_of(backing, "backingDiskUrlPath");
  if (backing.child("backingDiskPath") || backing.child("backingDiskObjectId")) {
    return wrong_backing("A disk is registered by its id or its URL only.");
  }
  if (out.backing_id.empty() == out.url_text.empty()) {
    return wrong_backing("It must name exactly one existing disk or file share.");
  }
  if (out.url_text.empty()) return std::nullopt;
  out.url = read_disk_url(out.url_text);
  if (!out.url.wrong.empty()) return wrong_url(out.url.wrong);
  const std::string& host = out.url.host;
  const bool own =
      host == "localhost" || host == "127.0.0.1" || host == options.address ||
      std::find(options.hosts.begin(), options.hosts.end(), host) != options.hosts.end();
  if (!own) return wrong_url("this server is not " + host);
  return std::nullopt;
}

std::optional<SimFault> VcenterState::read_create_spec(pugi::xml_node spec, CreateSpec& out) const {
  out.name = text_of(spec, "name");
  if (out.name.empty() || out.name.size() > kMaxVolumeName) {
    return invalid_argument("createSpecs.name", "The volume name is empty or longer than 80.");
  }
  const std::string_view type = text_of(spec, "volumeType");
  if (type != "BLOCK" && type != "FILE") {
    return invalid_argument("createSpecs.volumeType", "Unknown volume type.");
  }
  out.type = type == "FILE" ? SimVolumeType::kFile : SimVolumeType::kBlock;
  if (out.type == SimVolumeType::kFile && vsan_rank(options.vsan_version) < vsan_rank("7.0")) {
    return plain_fault("NotSupported", "This server has no file volumes.");
  }
  if (!spec.child("metadata")) {
    return invalid_argument("createSpecs.metadata", "A volume needs the cluster it belongs to.");
  }
  out.metadata = read_metadata(spec.child("metadata"));
  if (auto fault = store.check_metadata(out.metadata, out.type)) return fault;
  const auto& entities = out.metadata.entities;
  const auto& clusters = out.metadata.clusters;
  if (std::any_of(entities.begin(), entities.end(), [](const auto& one) { return one.remove; }) ||
      std::any_of(clusters.begin(), clusters.end(), [](const auto& one) { return one.remove; })) {
    return invalid_argument("createSpecs.metadata", "A new volume has nothing to delete.");
  }
  if (auto fault = read_backing(spec.child("backingObjectDetails"), out)) return fault;
  for (const pugi::xml_node& profile : spec.children("profile")) {
    if (!out.profile.empty()) return invalid_argument("createSpecs.profile", "More than one.");
    out.profile = text_of(profile, "profileId");
    if (out.profile.empty()) return invalid_argument("createSpecs.profile", "It has no id.");
  }
  return std::nullopt;
}

Answer VcenterState::refuse_create(const std::string& name, SimFault fault, bool violation) {
  const std::string text = "CnsCreateVolume " + name + ": " + fault.message;
  if (violation) {
    record.violation(text);
  } else {
    record.refusal(text);
  }
  return fault;
}

Answer VcenterState::cns_create(Context& context) {
  const pugi::xml_node element = context.call.element;
  const pugi::xml_node node = element.child("createSpecs");
  if (!node || node.next_sibling("createSpecs")) {
    return refuse_create("", invalid_argument("createSpecs", "Input size is not equal to 1"), true);
  }
  CreateSpec spec;
  if (auto fault = read_create_spec(node, spec)) {
    // A client may learn the limits of labels only by trying.
    const bool labels = fault->fields.find("entityMetadata.labels") != std::string::npos;
    return refuse_create(spec.name, *std::move(fault), !labels);
  }
  complain_of_foreign_entities("CnsCreateVolume " + spec.name, spec.metadata);
  const std::string key = spec.key();
  if (const auto ordered = mischief.take_fault(key, FaultPlace::kSoapFault)) {
    return fault_for_volume(ordered->type, key);
  }
  if (options.create_fault_place == FaultPlace::kSoapFault) {
    Backing backing;
    if (auto fault = find_backing(spec, backing)) {
      return refuse_create(spec.name, *std::move(fault), false);
    }
  }
  // The state owns the task that owns this function.
  return start_task("CnsCreateVolume", key,
                    [this, spec = std::move(spec)] { return finish_create(spec); });
}

SimFault VcenterState::already_registered(const std::string& id) const {
  if (vsan_rank(options.vsan_version) < vsan_rank("7.2")) {
    return cns_fault("The disk is already registered as a CNS volume.");
  }
  SimFault fault = fault_for_volume("CnsAlreadyRegisteredFault", id);
  fault.message = "The disk is already registered as CNS volume " + id + ".";
  if (options.already_registered_with_id) return fault;
  fault.fields.clear();
  append_element(fault.fields, "reason", fault.message);
  return fault;
}

// Fills in what the disk decides: the id (empty for a vmdk that never had one), capacity, place.
std::optional<SimFault> VcenterState::find_backing(const CreateSpec& spec, Backing& out) {
  if (!spec.profile.empty()) {
    const bool known =
        std::any_of(options.profiles.begin(), options.profiles.end(),
                    [&](const SimProfile& profile) { return profile.id == spec.profile; });
    if (!known) return cns_fault("There is no storage policy " + spec.profile + ".");
  }
  if (!spec.url_text.empty()) {
    if (auto fault = find_vmdk(spec.url, out)) return fault;
  } else {
    if (store.find(spec.backing_id)) return already_registered(spec.backing_id);
    const SimDisk* disk = store.find_disk(spec.backing_id);
    if (!disk || disk->type != spec.type) {
      return cns_fault("There is no disk or file share " + spec.backing_id + ".");
    }
    out.volume.id = disk->id;
    out.volume.capacity_mib = disk->capacity_mib;
    out.volume.datastore_url = disk->datastore_url;
  }
  const std::string& id = out.volume.id;
  if (!id.empty() && store.find(id)) return already_registered(id);
  return std::nullopt;
}

std::optional<SimFault> VcenterState::find_vmdk(const DiskUrl& url, Backing& out) {
  const auto datacenters = inventory.datacenters(url.datacenter);
  if (datacenters.empty()) return cns_fault("There is no datacenter " + url.datacenter + ".");
  if (datacenters.size() > 1) {
    return cns_fault("More than one datacenter has the name " + url.datacenter + ".");
  }
  const InventoryNode* datastore =
      SimInventory::datastore_in(*datacenters.front(), url.datastore_name);
  if (!datastore) {
    return cns_fault("Datacenter " + url.datacenter + " has no datastore " + url.datastore_name +
                     ".");
  }
  out.vmdk = store.find_vmdk(datastore->ref.id, url.path);
  const std::string path = "[" + url.datastore_name + "] " + url.path;
  if (!out.vmdk) return cns_fault("There is no file " + path + ".");
  out.volume.id = out.vmdk->volume_id;
  out.volume.capacity_mib = out.vmdk->capacity_mib;
  out.volume.datastore_url = datastore->url;
  out.volume.disk_path = path;
  return std::nullopt;
}

TaskOutcome VcenterState::finish_create(const CreateSpec& spec) {
  constexpr std::string_view kType = "CnsVolumeCreateResult";
  const auto task_fault = mischief.take_fault(spec.key(), FaultPlace::kTaskError);
  const auto entry_fault = mischief.take_fault(spec.key(), FaultPlace::kResultEntry);
  const bool spared =
      (!task_fault || task_fault->applied) && (!entry_fault || entry_fault->applied);
  Backing backing;
  std::optional<SimFault> fault = find_backing(spec, backing);
  if (fault) record.refusal("CnsCreateVolume " + spec.name + ": " + fault->message);
  std::string id;
  if (!fault && spared) {
    SimVolume& volume = backing.volume;
    if (volume.id.empty()) {
      volume.id = random_uuid(random_);
      backing.vmdk->volume_id = volume.id;
    }
    id = volume.id;
    volume.name = spec.name;
    volume.type = spec.type;
    volume.storage_policy_id = spec.profile;
    // Cannot fail: the volume is new and the metadata was checked.
    (void)store.apply(store.put(std::move(volume)), spec.metadata);
    ++record.creates;
    if (record.created.size() < VcenterRecord::kMaxTexts) record.created.push_back(id);
  }
  if (task_fault) return {{}, fault_for_volume(task_fault->type, spec.key())};
  if (fault && options.create_fault_place == FaultPlace::kTaskError) return {{}, fault};
  if (entry_fault) fault = fault_for_volume(entry_fault->type, spec.key());
  std::string name;
  append_element(name, "name", spec.name);
  return {batch_result(kType, fault ? std::string() : id, fault, name), {}};
}

} // namespace syncer::sim
