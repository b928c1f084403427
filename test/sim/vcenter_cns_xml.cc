#include "sim/vcenter_cns_xml.h"

#include <string_view>

#include "sim/vcenter_xml.h"

namespace syncer::sim {

namespace {

CnsCluster read_cluster(pugi::xml_node node) {
  CnsCluster cluster;
  cluster.type = text_of(node, "clusterType");
  cluster.id = text_of(node, "clusterId");
  cluster.user = text_of(node, "vSphereUser");
  cluster.flavor = text_of(node, "clusterFlavor");
  cluster.distribution = text_of(node, "clusterDistribution");
  cluster.remove = is_true(node, "delete");
  return cluster;
}

SimEntityRef read_ref(pugi::xml_node node, const std::string& default_cluster) {
  SimEntityRef ref;
  ref.type = text_of(node, "entityType");
  ref.name = text_of(node, "entityName");
  ref.ns = text_of(node, "namespace");
  ref.cluster_id = text_of(node, "clusterId");
  if (ref.cluster_id.empty()) ref.cluster_id = default_cluster;
  return ref;
}

void append_cluster(std::string& out, std::string_view element, const CnsCluster& cluster) {
  out += '<';
  out += element;
  out += '>';
  append_element(out, "clusterType", cluster.type);
  append_element(out, "clusterId", cluster.id);
  append_element(out, "vSphereUser", cluster.user);
  if (!cluster.flavor.empty()) append_element(out, "clusterFlavor", cluster.flavor);
  if (!cluster.distribution.empty()) {
    append_element(out, "clusterDistribution", cluster.distribution);
  }
  out += "</";
  out += element;
  out += '>';
}

void append_entity(std::string& out, const SimEntity& entity, bool removed) {
  out += "<entityMetadata xsi:type=\"CnsKubernetesEntityMetadata\">";
  append_element(out, "entityName", entity.self.name);
  for (const auto& [key, value] : entity.labels) {
    out += "<labels>";
    append_element(out, "key", key);
    append_element(out, "value", value);
    out += "</labels>";
  }
  append_element(out, "delete", removed ? "true" : "false");
  append_element(out, "clusterId", entity.self.cluster_id);
  append_element(out, "entityType", entity.self.type);
  if (!entity.self.ns.empty()) append_element(out, "namespace", entity.self.ns);
  for (const SimEntityRef& ref : entity.refers_to) {
    out += "<referredEntity>";
    append_element(out, "entityType", ref.type);
    append_element(out, "entityName", ref.name);
    if (!ref.ns.empty()) append_element(out, "namespace", ref.ns);
    if (!ref.cluster_id.empty()) append_element(out, "clusterId", ref.cluster_id);
    out += "</referredEntity>";
  }
  out += "</entityMetadata>";
}

void append_metadata(std::string& out, CnsVolume& volume) {
  out += "<metadata>";
  append_cluster(out, "containerCluster",
                 volume.clusters.empty() ? CnsCluster{} : volume.clusters.front());
  for (const SimEntity& entity : volume.base.entities) append_entity(out, entity, false);
  for (const SimEntity& entity : volume.just_removed) append_entity(out, entity, true);
  volume.just_removed.clear();
  for (const CnsCluster& cluster : volume.clusters) {
    append_cluster(out, "containerClusterArray", cluster);
  }
  out += "</metadata>";
}

void append_backing(std::string& out, const CnsVolume& volume) {
  const bool block = volume.base.type == SimVolumeType::kBlock;
  out += "<backingObjectDetails xsi:type=\"";
  out += block ? "CnsBlockBackingDetails\">" : "CnsVsanFileShareBackingDetails\">";
  append_element(out, "capacityInMb", volume.base.capacity_mib);
  if (block) {
    append_element(out, "backingDiskId", volume.disk_id);
    append_element(out, "backingDiskObjectId", "object-" + volume.disk_id);
    append_element(out, "backingDiskPath",
                   volume.base.disk_path.empty() ? "[sim] fcd/" + volume.disk_id + ".vmdk"
                                                 : volume.base.disk_path);
  } else {
    append_element(out, "backingFileId", volume.disk_id);
    append_element(out, "name", volume.base.name);
    for (const char* protocol : {"NFSv3", "NFSv4.1"}) {
      out += "<accessPoints>";
      append_element(out, "key", protocol);
      append_element(out, "value", "vsan-fs.sim.example:/vsanfs/" + volume.disk_id);
      out += "</accessPoints>";
    }
  }
  out += "</backingObjectDetails>";
}

} // namespace

CnsMetadata read_metadata(pugi::xml_node metadata) {
  CnsMetadata read;
  read.cluster = read_cluster(metadata.child("containerCluster"));
  for (const pugi::xml_node& node : metadata.children("containerClusterArray")) {
    read.clusters.push_back(read_cluster(node));
  }
  for (const pugi::xml_node& node : metadata.children("entityMetadata")) {
    CnsEntityChange change;
    change.entity.self = read_ref(node, read.cluster.id);
    change.remove = is_true(node, "delete");
    for (const pugi::xml_node& label : node.children("labels")) {
      change.entity.labels[std::string(text_of(label, "key"))] = text_of(label, "value");
    }
    for (const pugi::xml_node& ref : node.children("referredEntity")) {
      change.entity.refers_to.push_back(read_ref(ref, ""));
    }
    read.entities.push_back(std::move(change));
  }
  return read;
}

CnsSelection CnsSelection::none() {
  CnsSelection selection;
  selection.name = selection.type = selection.metadata = selection.backing = false;
  selection.compliance = selection.accessibility = selection.health = false;
  selection.datastore_url = selection.policy = false;
  return selection;
}

std::variant<CnsSelection, SimFault> read_selection(pugi::xml_node node) {
  if (!node) return CnsSelection{};
  CnsSelection selection = CnsSelection::none();
  for (const pugi::xml_node& child : node.children("names")) {
    const std::string_view name = child.child_value();
    if (name == "VOLUME_NAME")
      selection.name = true;
    else if (name == "VOLUME_TYPE")
      selection.type = true;
    else if (name == "VOLUME_METADATA")
      selection.metadata = true;
    else if (name == "BACKING_OBJECT_DETAILS")
      selection.backing = true;
    else if (name == "COMPLIANCE_STATUS")
      selection.compliance = true;
    else if (name == "DATASTORE_ACCESSIBILITY_STATUS")
      selection.accessibility = true;
    else if (name == "HEALTH_STATUS")
      selection.health = true;
    else if (name == "DATASTORE_URL")
      selection.datastore_url = true;
    else if (name == "POLICY_ID")
      selection.policy = true;
    else
      return invalid_argument("selection", "Unknown selection name " + std::string(name));
  }
  return selection;
}

void append_volume(std::string& out, CnsVolume& volume, const CnsSelection& selection) {
  const SimVolume& base = volume.base;
  out += "<volumes><volumeId>";
  append_element(out, "id", base.id);
  out += "</volumeId>";
  if (selection.datastore_url) append_element(out, "datastoreUrl", base.datastore_url);
  if (selection.name) append_element(out, "name", base.name);
  if (selection.type) {
    append_element(out, "volumeType", base.type == SimVolumeType::kBlock ? "BLOCK" : "FILE");
  }
  if (selection.policy && !base.storage_policy_id.empty()) {
    append_element(out, "storagePolicyId", base.storage_policy_id);
  }
  if (selection.metadata) append_metadata(out, volume);
  if (selection.backing) append_backing(out, volume);
  if (selection.compliance) append_element(out, "complianceStatus", "compliant");
  if (selection.accessibility) append_element(out, "datastoreAccessibilityStatus", "accessible");
  if (selection.health) append_element(out, "healthStatus", volume.health);
  out += "</volumes>";
}

} // namespace syncer::sim
