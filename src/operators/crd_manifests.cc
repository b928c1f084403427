#include "operators/crd_manifests.h"

#include <nlohmann/json.hpp>
#include <string>

namespace syncer {

namespace {

using nlohmann::json;

struct Names {
  const char* plural;
  const char* singular;
  const char* kind;
  bool namespaced;
  bool has_status; // as a resource of its own
};

Names names_of(Crd crd) {
  switch (crd) {
    case Crd::kNodeTopology:
      return {"csinodetopologies", "csinodetopology", "CSINodeTopology", false, false};
    case Crd::kVolumeMigration:
      return {"cnsvspherevolumemigrations", "cnsvspherevolumemigration",
              "CnsVSphereVolumeMigration", false, false};
    case Crd::kVolumeInfo:
      return {"cnsvolumeinfoes", "cnsvolumeinfo", "CNSVolumeInfo", true, true};
    default:
      return {"triggercsifullsyncs", "triggercsifullsync", "TriggerCsiFullSync", false, false};
  }
}

// The properties beside apiVersion, kind and metadata, which every object has.
const char* properties_of(Crd crd) {
  switch (crd) {
    case Crd::kNodeTopology:
      return R"({
        "spec": {"type": "object", "required": ["nodeID"], "properties": {
          "nodeID": {"type": "string", "description": "Name of the node."},
          "nodeuuid": {"type": "string", "description": "UUID of the node's VM."}}},
        "status": {"type": "object", "properties": {
          "status": {"type": "string", "description": "Success, Error, or nothing yet."},
          "errorMessage": {"type": "string"},
          "topologyLabels": {"type": "array", "items": {
            "type": "object", "required": ["key", "value"], "properties": {
              "key": {"type": "string"}, "value": {"type": "string"}}}}}}})";
    case Crd::kVolumeMigration:
      return R"({
        "spec": {"type": "object", "required": ["volumepath", "volumeid"], "properties": {
          "volumepath": {"type": "string", "description": "Path of the in-tree volume."},
          "volumeid": {"type": "string", "description": "Id of the CNS volume."},
          "protectvolumefromvmdelete": {"type": "boolean"}}}})";
    case Crd::kVolumeInfo:
      return R"({
        "spec": {"type": "object", "required": ["volumeID", "vCenterServer"], "properties": {
          "volumeID": {"type": "string"},
          "vCenterServer": {"type": "string", "description": "Host of the volume's vCenter."},
          "namespace": {"type": "string"},
          "storagePolicyID": {"type": "string"},
          "k8sCompliantName": {"type": "string"},
          "storageClassName": {"type": "string"},
          "volumeAttributeClassName": {"type": "string"},
          "capacity": {"anyOf": [{"type": "integer"}, {"type": "string"}],
                       "x-kubernetes-int-or-string": true},
          "validaggregatedsnapshotsize": {"type": "boolean"},
          "aggregatedsnapshotsize": {"anyOf": [{"type": "integer"}, {"type": "string"}],
                                     "x-kubernetes-int-or-string": true},
          "zones": {"type": "array", "nullable": true, "items": {"type": "string"}},
          "isLinkedClone": {"type": "boolean"},
          "snapshotlatestoperationcompletetime":
            {"type": "string", "format": "date-time", "nullable": true}}},
        "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}})";
    default:
      return R"({
        "spec": {"type": "object", "required": ["triggerSyncID"], "properties": {
          "triggerSyncID": {"type": "integer", "format": "int64"}}},
        "status": {"type": "object", "required": ["inProgress", "lastTriggerSyncID"],
                   "properties": {
          "inProgress": {"type": "boolean"},
          "lastTriggerSyncID": {"type": "integer", "format": "int64"},
          "lastSuccessfulStartTimeStamp":
            {"type": "string", "format": "date-time", "nullable": true},
          "lastSuccessfulEndTimeStamp":
            {"type": "string", "format": "date-time", "nullable": true},
          "lastRunStartTimeStamp": {"type": "string", "format": "date-time", "nullable": true},
          "lastRunEndTimeStamp": {"type": "string", "format": "date-time", "nullable": true},
          "error": {"type": "string"}}}})";
  }
}

// What `kubectl get` shows; null: the name and the age.
json columns_of(Crd crd) {
  if (crd != Crd::kTriggerFullSync) return nullptr;
  return json::parse(R"([
    {"name": "Asked", "type": "integer", "jsonPath": ".spec.triggerSyncID"},
    {"name": "Accepted", "type": "integer", "jsonPath": ".status.lastTriggerSyncID"},
    {"name": "Running", "type": "boolean", "jsonPath": ".status.inProgress"},
    {"name": "Last success", "type": "date", "jsonPath": ".status.lastSuccessfulEndTimeStamp"},
    {"name": "Error", "type": "string", "jsonPath": ".status.error"}])");
}

constexpr const char* kGroup = "cns.vmware.com";

} // namespace

const char* crd_name(Crd crd) {
  switch (crd) {
    case Crd::kNodeTopology:
      return "csinodetopologies.cns.vmware.com";
    case Crd::kVolumeMigration:
      return "cnsvspherevolumemigrations.cns.vmware.com";
    case Crd::kVolumeInfo:
      return "cnsvolumeinfoes.cns.vmware.com";
    default:
      return "triggercsifullsyncs.cns.vmware.com";
  }
}

json crd_manifest(Crd crd) {
  const Names names = names_of(crd);
  json schema;
  schema["type"] = "object";
  schema["properties"] = json::parse(properties_of(crd));

  json version;
  version["name"] = "v1alpha1";
  version["served"] = true;
  version["storage"] = true;
  version["schema"]["openAPIV3Schema"] = std::move(schema);
  if (json columns = columns_of(crd); !columns.is_null()) {
    version["additionalPrinterColumns"] = std::move(columns);
  }
  if (names.has_status) version["subresources"]["status"] = json::object();

  json manifest;
  manifest["apiVersion"] = "apiextensions.k8s.io/v1";
  manifest["kind"] = "CustomResourceDefinition";
  manifest["metadata"]["name"] = crd_name(crd);
  json& spec = manifest["spec"];
  spec["group"] = kGroup;
  spec["scope"] = names.namespaced ? "Namespaced" : "Cluster";
  spec["names"]["kind"] = names.kind;
  spec["names"]["listKind"] = std::string(names.kind) + "List";
  spec["names"]["plural"] = names.plural;
  spec["names"]["singular"] = names.singular;
  spec["versions"] = json::array({std::move(version)});
  return manifest;
}

} // namespace syncer
