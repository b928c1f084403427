#include "cns/cns_codec.h"

#include <algorithm>
#include <utility>

#include "cns/disk_url.h"

namespace syncer {

namespace {

void write_ids(SoapWriter& out, const std::vector<VolumeId>& ids) {
  for (const VolumeId& id : ids) {
    out.open("volumeIds");
    out.text("id", id.view());
    out.close("volumeIds");
  }
}

std::optional<EntityKind> kind_of(std::string_view type) {
  for (const EntityKind kind : {EntityKind::kVolume, EntityKind::kClaim, EntityKind::kPod}) {
    if (type == to_string(kind)) return kind;
  }
  return std::nullopt;
}

std::optional<EntityRef> read_ref(pugi::xml_node node) {
  const std::optional<EntityKind> kind = kind_of(text_of(node, "entityType"));
  if (!kind) return std::nullopt;
  return EntityRef{*kind, text_of(node, "namespace"), text_of(node, "entityName")};
}

Labels read_labels(pugi::xml_node entity) {
  Labels labels;
  for (pugi::xml_node one = child_of(entity, "labels"); one; one = next_same(one))
    labels.emplace_back(text_of(one, "key"), text_of(one, "value"));
  sort_labels(labels);
  return labels;
}

void read_entity(pugi::xml_node node, std::string_view cluster_id, std::string_view home_cluster,
                 CnsVolume& volume) {
  if (flag_of(node, "delete")) return;
  // 6.7 keeps no cluster id on the entity: there it belongs to the volume's one cluster.
  std::string_view owner = text_of(node, "clusterId");
  if (owner.empty()) owner = home_cluster;
  if (owner != cluster_id) {
    volume.has_other_clusters = volume.has_other_clusters || !owner.empty();
    return;
  }
  std::optional<EntityRef> ref = read_ref(node);
  if (!ref) return;
  CnsEntity entity;
  entity.ref = *std::move(ref);
  entity.labels = read_labels(node);
  for (pugi::xml_node one = child_of(node, "referredEntity"); one; one = next_same(one)) {
    if (std::optional<EntityRef> target = read_ref(one))
      entity.refers_to.push_back(*std::move(target));
  }
  volume.entities.push_back(std::move(entity));
}

// Notes whose cluster that is; returns it when it is ours.
pugi::xml_node note_cluster(pugi::xml_node cluster, std::string_view cluster_id,
                            CnsVolume& volume) {
  const std::string_view id = text_of(cluster, "clusterId");
  if (id.empty() || flag_of(cluster, "delete")) return pugi::xml_node();
  (id == cluster_id ? volume.has_our_cluster : volume.has_other_clusters) = true;
  return id == cluster_id ? cluster : pugi::xml_node();
}

void read_metadata(pugi::xml_node metadata, std::string_view cluster_id,
                   std::string_view distribution, CnsVolume& volume) {
  const pugi::xml_node home = child_of(metadata, "containerCluster");
  pugi::xml_node ours = note_cluster(home, cluster_id, volume);
  // The single element is deprecated: where the array has our entry too, that one counts.
  for (pugi::xml_node one = child_of(metadata, "containerClusterArray"); one;
       one = next_same(one)) {
    if (const pugi::xml_node entry = note_cluster(one, cluster_id, volume)) ours = entry;
  }
  // Without an entry of ours there is nothing out of date: has_our_cluster says what is missing.
  volume.distribution_current =
      distribution.empty() || !ours || text_of(ours, "clusterDistribution") == distribution;
  for (pugi::xml_node one = child_of(metadata, "entityMetadata"); one; one = next_same(one))
    read_entity(one, cluster_id, text_of(home, "clusterId"), volume);
}

CnsVolumeType type_of(std::string_view text) {
  if (text == "BLOCK") return CnsVolumeType::kBlock;
  if (text == "FILE") return CnsVolumeType::kFile;
  return CnsVolumeType::kUnknown;
}

std::string_view id_of(pugi::xml_node holder) {
  return text_of(child_of(holder, "volumeId"), "id");
}

std::string disk_path_of(pugi::xml_node backing) {
  const std::string_view path = text_of(backing, "backingDiskPath");
  return path.empty() ? disk_path_of_url(text_of(backing, "backingDiskUrlPath"))
                      : std::string(path);
}

} // namespace

SoapWriter cns_request(std::string_view method) {
  static const ManagedRef kManager{"CnsVolumeManager", "cns-volume-manager"};
  return SoapWriter(method, kVsanNamespace, kManager);
}

std::string query_all_ids_request(std::string_view cluster_id) {
  SoapWriter out = cns_request("CnsQueryAllVolume");
  out.open_typed("filter", "CnsQueryFilter");
  out.text("containerClusterIds", cluster_id);
  out.close("filter");
  out.empty("selection");
  return out.finish();
}

std::string query_async_request(const std::vector<VolumeId>& ids) {
  SoapWriter out = cns_request("CnsQueryAsync");
  out.open_typed("filter", "CnsQueryFilter");
  write_ids(out, ids);
  out.close("filter");
  out.open("selection");
  for (const char* name :
       {"VOLUME_NAME", "VOLUME_TYPE", "VOLUME_METADATA", "BACKING_OBJECT_DETAILS"}) {
    out.text("names", name);
  }
  out.close("selection");
  return out.finish();
}

std::string query_disks_request(const std::vector<VolumeId>& ids, std::string_view cluster_id) {
  SoapWriter out = cns_request("CnsQueryAllVolume");
  out.open_typed("filter", "CnsQueryFilter");
  write_ids(out, ids);
  out.text("containerClusterIds", cluster_id);
  out.close("filter");
  out.open("selection");
  for (const char* name : {"VOLUME_TYPE", "BACKING_OBJECT_DETAILS"}) out.text("names", name);
  out.close("selection");
  return out.finish();
}

std::string query_page_request(const std::vector<VolumeId>& ids, std::string_view cluster_id,
                               const CnsCursor& cursor) {
  SoapWriter out = cns_request("CnsQueryVolume");
  // Without its type vcsim locks up for good.
  out.open_typed("filter", "CnsQueryFilter");
  write_ids(out, ids);
  if (ids.empty()) out.text("containerClusterIds", cluster_id);
  out.open("cursor");
  out.number("offset", cursor.offset);
  out.number("limit", cursor.limit);
  if (cursor.total >= 0) out.number("totalRecords", cursor.total);
  out.close("cursor");
  out.close("filter");
  return out.finish();
}

std::vector<VolumeId> read_ids(pugi::xml_node query_result, std::string_view cluster_id) {
  std::vector<VolumeId> ids;
  for (pugi::xml_node one = child_of(query_result, "volumes"); one; one = next_same(one)) {
    const std::string_view id = id_of(one);
    if (id.empty()) continue;
    if (const pugi::xml_node metadata = child_of(one, "metadata")) {
      CnsVolume volume;
      read_metadata(metadata, cluster_id, std::string_view(), volume);
      if (volume.has_other_clusters && !volume.has_our_cluster) continue;
    }
    ids.emplace_back(id);
  }
  return ids;
}

std::vector<CnsVolume> read_volumes(pugi::xml_node query_result, std::string_view cluster_id,
                                    std::string_view distribution) {
  std::vector<CnsVolume> volumes;
  for (pugi::xml_node one = child_of(query_result, "volumes"); one; one = next_same(one)) {
    const std::string_view id = id_of(one);
    if (id.empty()) continue;
    CnsVolume volume;
    volume.id = id;
    volume.type = type_of(text_of(one, "volumeType"));
    volume.name = text_of(one, "name");
    volume.disk_path = disk_path_of(child_of(one, "backingObjectDetails"));
    read_metadata(child_of(one, "metadata"), cluster_id, distribution, volume);
    volumes.push_back(std::move(volume));
  }
  return volumes;
}

std::vector<BackingDisk> read_disks(pugi::xml_node query_result) {
  std::vector<BackingDisk> disks;
  for (pugi::xml_node one = child_of(query_result, "volumes"); one; one = next_same(one)) {
    const std::string_view id = id_of(one);
    if (id.empty() || type_of(text_of(one, "volumeType")) != CnsVolumeType::kBlock) continue;
    const pugi::xml_node backing = child_of(one, "backingObjectDetails");
    disks.push_back({VolumeId(id), std::string(text_of(backing, "backingDiskObjectId"))});
  }
  return disks;
}

CnsCursor read_cursor(pugi::xml_node query_result) {
  const pugi::xml_node node = child_of(query_result, "cursor");
  CnsCursor cursor;
  cursor.offset = number_of(node, "offset", 0);
  cursor.limit = number_of(node, "limit", 0);
  cursor.total = number_of(node, "totalRecords", -1);
  return cursor;
}

std::optional<CnsCursor> next_page(const CnsCursor& asked, const CnsCursor& cursor,
                                   std::size_t fresh) {
  if (fresh == 0 || cursor.offset <= asked.offset) return std::nullopt;
  if (cursor.total >= 0 && cursor.offset >= cursor.total) return std::nullopt;
  CnsCursor next = cursor;
  if (next.limit <= 0) next.limit = asked.limit;
  return next;
}

std::vector<VolumeResult> read_batch(pugi::xml_node batch) {
  std::vector<VolumeResult> results;
  for (pugi::xml_node one = child_of(batch, "volumeResults"); one; one = next_same(one)) {
    VolumeResult result;
    result.volume = id_of(one);
    result.name = text_of(one, "name");
    if (const pugi::xml_node fault = child_of(one, "fault")) {
      result.failed = true;
      result.fault = read_fault(fault, FaultPlace::kVolume);
    }
    result.query_result = child_of(one, "queryResult");
    results.push_back(std::move(result));
  }
  return results;
}

} // namespace syncer
