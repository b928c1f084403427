#include "sim/vcenter_schema.h"

// Notation: Name<Base: field field ... A field is name, then ? (0..1), * (0..n) or + (1..n), then !
// when it must carry an xsi:type, then :Type (string when absent), then @version that brought it
// (a blank of the version is written as _). The order of fields is the order on the wire.

namespace syncer::sim {

const std::vector<std::string_view>& schema_type_rows() {
  static const std::vector<std::string_view> kRows = {
      "KeyValue: key value",
      "PropertySpec: type all?:boolean pathSet*",
      "SelectionSpec: name?",
      "TraversalSpec<SelectionSpec: type path skip?:boolean selectSet*!:SelectionSpec",
      "ObjectSpec: obj:moref skip?:boolean selectSet*!:SelectionSpec",
      "PropertyFilterSpec: propSet+:PropertySpec objectSet+:ObjectSpec "
      "reportMissingObjectsInResults?:boolean",
      "RetrieveOptions: maxObjects?:int",
      "WaitOptions: maxWaitSeconds?:int maxObjectUpdates?:int",

      "CnsVolumeId: id",
      "CnsContainerCluster: clusterType clusterId vSphereUser clusterFlavor?@7.0 "
      "clusterDistribution?@vSAN_7.0U2 delete?:boolean@8.0.0.2",
      "CnsKubernetesEntityReference: entityType entityName namespace? clusterId?",
      "CnsEntityMetadata: entityName labels*:KeyValue delete?:boolean clusterId?@7.0",
      "CnsKubernetesEntityMetadata<CnsEntityMetadata: entityType namespace? "
      "referredEntity*:CnsKubernetesEntityReference@7.0",
      "CnsVolumeMetadata: containerCluster:CnsContainerCluster "
      "entityMetadata*!:CnsEntityMetadata containerClusterArray*:CnsContainerCluster@7.0",
      "CnsVolumeMetadataUpdateSpec: volumeId:CnsVolumeId metadata:CnsVolumeMetadata",

      "CnsBackingObjectDetails: capacityInMb?:long",
      "CnsBlockBackingDetails<CnsBackingObjectDetails: backingDiskId? backingDiskUrlPath?@7.2 "
      "backingDiskPath?@vSAN_7.0U2 backingDiskObjectId?@vSAN_7.0U2 "
      "usedCapacityInMb?:long@8.0.0.1 aggregatedSnapshotCapacityInMb?:long@8.0.0.1",
      "CnsFileBackingDetails<CnsBackingObjectDetails: backingFileId?",
      "CnsVsanFileShareBackingDetails<CnsFileBackingDetails: name? accessPoints*:KeyValue",
      "VirtualMachineProfileSpec:",
      "VirtualMachineDefinedProfileSpec<VirtualMachineProfileSpec: profileId",
      "CnsVolumeCreateSpec: name volumeType volumeId?:CnsVolumeId@9.1.0.0 datastores*:moref "
      "metadata?:CnsVolumeMetadata backingObjectDetails!:CnsBackingObjectDetails "
      "profile*!:VirtualMachineProfileSpec activeClusters*:moref hosts*:moref",

      "CnsCursor: offset:long limit:long totalRecords?:long",
      "CnsQueryFilter: volumeIds*:CnsVolumeId names* containerClusterIds* storagePolicyId? "
      "datastores*:moref labels*:KeyValue complianceStatus? datastoreAccessibilityStatus? "
      "cursor?:CnsCursor healthStatus?@7.0",
      "CnsKubernetesQueryFilter<CnsQueryFilter: namespaces* podNames* pvcNames* pvNames*",
      "CnsQuerySelection: names*",

      "PbmProfileResourceType: resourceType",
      "PbmProfileId: uniqueId",
  };
  return kRows;
}

// Method Type-of-_this: parameters after _this.
const std::vector<std::string_view>& schema_vim_method_rows() {
  static const std::vector<std::string_view> kRows = {
      "RetrieveServiceContent ServiceInstance:",
      "CurrentTime ServiceInstance:",
      "Login SessionManager: userName password locale?",
      "Logout SessionManager:",
      "SessionIsActive SessionManager: sessionID userName",
      "TerminateSession SessionManager: sessionId+",
      "HasPrivilegeOnEntities AuthorizationManager: entity+:moref sessionId privId*",
      "RetrievePropertiesEx PropertyCollector: specSet+:PropertyFilterSpec options:RetrieveOptions",
      "ContinueRetrievePropertiesEx PropertyCollector: token",
      "CancelRetrievePropertiesEx PropertyCollector: token",
      "CreatePropertyCollector PropertyCollector:",
      "DestroyPropertyCollector PropertyCollector:",
      "CreateFilter PropertyCollector: spec:PropertyFilterSpec partialUpdates:boolean",
      "DestroyPropertyFilter PropertyFilter:",
      "WaitForUpdatesEx PropertyCollector: version? options?:WaitOptions",
      "CancelWaitForUpdates PropertyCollector:",
      "CreateListView ViewManager: obj*:moref",
      "CreateContainerView ViewManager: container:moref type* recursive:boolean",
      "ModifyListView ListView: add*:moref remove*:moref",
      "ResetListView ListView: obj*:moref",
      "DestroyView View:",
      "FindByUuid SearchIndex: datacenter?:moref uuid vmSearch:boolean instanceUuid?:boolean",
  };
  return kRows;
}

const std::vector<std::string_view>& schema_vsan_method_rows() {
  static const std::vector<std::string_view> kRows = {
      "CnsCreateVolume CnsVolumeManager@vSAN_6.7U3: createSpecs*:CnsVolumeCreateSpec",
      "CnsUpdateVolumeMetadata CnsVolumeManager@vSAN_6.7U3: "
      "updateSpecs*:CnsVolumeMetadataUpdateSpec",
      "CnsDeleteVolume CnsVolumeManager@vSAN_6.7U3: volumeIds*:CnsVolumeId deleteDisk:boolean",
      "CnsQueryVolume CnsVolumeManager@vSAN_6.7U3: filter!:CnsQueryFilter "
      "selection?:CnsQuerySelection@7.3",
      "CnsQueryAllVolume CnsVolumeManager@vSAN_6.7U3: filter:CnsQueryFilter "
      "selection:CnsQuerySelection",
      "CnsQueryAsync CnsVolumeManager@vSAN_7.0U3: filter:CnsQueryFilter "
      "selection?:CnsQuerySelection",
  };
  return kRows;
}

const std::vector<std::string_view>& schema_pbm_method_rows() {
  static const std::vector<std::string_view> kRows = {
      "PbmRetrieveServiceContent PbmServiceInstance:",
      "PbmQueryProfile PbmProfileProfileManager: resourceType:PbmProfileResourceType "
      "profileCategory?",
      "PbmRetrieveContent PbmProfileProfileManager: profileIds+:PbmProfileId",
  };
  return kRows;
}

} // namespace syncer::sim
