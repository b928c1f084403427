#include "cns/cns_write_codec.h"

#include "cns/cns_codec.h"

namespace syncer {

namespace {

constexpr std::string_view kClusterType = "KUBERNETES";
constexpr std::size_t kLongestName = 80;

// What every part of one request needs.
struct WriteContext {
  const CnsCluster& cluster;
  std::string_view user;
  const CnsFeatures& features;
};

void write_cluster(SoapWriter& out, std::string_view tag, const WriteContext& context) {
  out.open(tag);
  out.text("clusterType", kClusterType);
  out.text("clusterId", context.cluster.id);
  out.text("vSphereUser", context.user);
  if (context.features.cluster_flavor) out.text("clusterFlavor", context.cluster.flavor);
  if (context.features.cluster_distribution && !context.cluster.distribution.empty())
    out.text("clusterDistribution", context.cluster.distribution);
  out.close(tag);
}

void write_entity_tail(SoapWriter& out, const EntityRef& ref) {
  out.text("entityType", to_string(ref.kind));
  if (!ref.ns.empty()) out.text("namespace", ref.ns.view());
}

void write_reference(SoapWriter& out, const EntityRef& ref, const WriteContext& context) {
  out.open("referredEntity");
  out.text("entityType", to_string(ref.kind));
  out.text("entityName", ref.name.view());
  if (!ref.ns.empty()) out.text("namespace", ref.ns.view());
  if (context.features.entity_cluster_id) out.text("clusterId", context.cluster.id);
  out.close("referredEntity");
}

void write_upsert(SoapWriter& out, const CnsEntity& entity, const WriteContext& context) {
  out.open_typed("entityMetadata", "CnsKubernetesEntityMetadata");
  out.text("entityName", entity.ref.name.view());
  for (const auto& [key, value] : entity.labels) {
    out.open("labels");
    out.text("key", key.view());
    out.text("value", value.view());
    out.close("labels");
  }
  if (context.features.entity_cluster_id) out.text("clusterId", context.cluster.id);
  write_entity_tail(out, entity.ref);
  if (context.features.referred_entity) {
    for (const EntityRef& ref : entity.refers_to) write_reference(out, ref, context);
  }
  out.close("entityMetadata");
}

void write_removal(SoapWriter& out, const EntityRef& ref, const WriteContext& context) {
  out.open_typed("entityMetadata", "CnsKubernetesEntityMetadata");
  out.text("entityName", ref.name.view());
  out.flag("delete", true);
  if (context.features.entity_cluster_id) out.text("clusterId", context.cluster.id);
  write_entity_tail(out, ref);
  out.close("entityMetadata");
}

void write_metadata(SoapWriter& out, const std::vector<EntityRef>& removals,
                    const std::vector<CnsEntity>& upserts, const WriteContext& context) {
  out.open("metadata");
  write_cluster(out, "containerCluster", context);
  for (const EntityRef& ref : removals) write_removal(out, ref, context);
  for (const CnsEntity& entity : upserts) write_upsert(out, entity, context);
  if (context.features.cluster_array) write_cluster(out, "containerClusterArray", context);
  out.close("metadata");
}

void write_id(SoapWriter& out, std::string_view tag, const VolumeId& id) {
  out.open(tag);
  out.text("id", id.view());
  out.close(tag);
}

void write_backing(SoapWriter& out, const CnsCreate& create) {
  constexpr std::string_view kTag = "backingObjectDetails";
  switch (create.backing) {
    case CnsCreate::Backing::kDiskId:
      out.open_typed(kTag, "CnsBlockBackingDetails");
      out.text("backingDiskId", create.backing_id);
      break;
    case CnsCreate::Backing::kFileId:
      out.open_typed(kTag, "CnsVsanFileShareBackingDetails");
      out.text("backingFileId", create.backing_id);
      break;
    case CnsCreate::Backing::kUrl:
      out.open_typed(kTag, "CnsBlockBackingDetails");
      out.text("backingDiskUrlPath", create.backing_id);
      break;
  }
  out.close(kTag);
}

} // namespace

std::string update_request(const CnsUpdate& update, const CnsCluster& cluster,
                           std::string_view user, const CnsFeatures& features) {
  const WriteContext context{cluster, user, features};
  SoapWriter out = cns_request("CnsUpdateVolumeMetadata");
  out.open("updateSpecs");
  write_id(out, "volumeId", update.id);
  write_metadata(out, update.removals, update.upserts, context);
  out.close("updateSpecs");
  return out.finish();
}

std::string create_request(const CnsCreate& create, const CnsCluster& cluster,
                           std::string_view user, const CnsFeatures& features) {
  const WriteContext context{cluster, user, features};
  SoapWriter out = cns_request("CnsCreateVolume");
  out.open("createSpecs");
  out.text("name", cut_volume_name(create.name));
  out.text("volumeType", create.backing == CnsCreate::Backing::kFileId ? "FILE" : "BLOCK");
  write_metadata(out, {}, create.entities, context);
  write_backing(out, create);
  if (!create.profile_id.empty()) {
    out.open_typed("profile", "VirtualMachineDefinedProfileSpec");
    out.text("profileId", create.profile_id);
    out.close("profile");
  }
  out.close("createSpecs");
  return out.finish();
}

std::string unregister_request(const VolumeId& id) {
  SoapWriter out = cns_request("CnsDeleteVolume");
  write_id(out, "volumeIds", id);
  out.flag("deleteDisk", false);
  return out.finish();
}

std::string_view cut_volume_name(std::string_view name) {
  if (name.size() <= kLongestName) return name;
  std::size_t end = kLongestName;
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(name[at]) & 0xC0U) == 0x80U;
  };
  while (end > 0 && continues(end)) --end;
  return name.substr(0, end);
}

} // namespace syncer
