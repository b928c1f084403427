#include "sim/kube_resources.h"

#include "sim/kube_schema.h"

namespace syncer::sim {

const std::vector<KubeResource>& kube_resources() {
  static const std::vector<KubeResource> all = {
      {"", "v1", "persistentvolumes", "PersistentVolume", false, true, &kPersistentVolumeMessage},
      {"", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", true, true,
       &kPersistentVolumeClaimMessage},
      {"", "v1", "pods", "Pod", true, true, &kPodMessage},
      {"", "v1", "namespaces", "Namespace", false, true, &kNamespaceMessage},
      {"", "v1", "nodes", "Node", false, true, nullptr},
      {"", "v1", "events", "Event", true, false, nullptr},
      {"", "v1", "configmaps", "ConfigMap", true, false, &kConfigMapMessage},
      {"", "v1", "secrets", "Secret", true, false, nullptr},
      {"coordination.k8s.io", "v1", "leases", "Lease", true, false, &kLeaseMessage},
      {"events.k8s.io", "v1", "events", "Event", true, false, nullptr},
      {"storage.k8s.io", "v1", "storageclasses", "StorageClass", false, false, nullptr},
      {"storage.k8s.io", "v1", "volumeattachments", "VolumeAttachment", false, true,
       &kVolumeAttachmentMessage},
      {"storage.k8s.io", "v1", "csinodes", "CSINode", false, false, nullptr},
      {"apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", false,
       true, nullptr},
      {"cns.vmware.com", "v1alpha1", "csinodetopologies", "CSINodeTopology", false, false, nullptr},
      {"cns.vmware.com", "v1alpha1", "triggercsifullsyncs", "TriggerCsiFullSync", false, false,
       nullptr},
      {"cns.vmware.com", "v1alpha1", "cnsvspherevolumemigrations", "CnsVSphereVolumeMigration",
       false, false, nullptr},
      {"cns.vmware.com", "v1alpha1", "cnsvolumeinfoes", "CNSVolumeInfo", true, true, nullptr},
      {"cns.vmware.com", "v1alpha1", "cnsvolumeoperationrequests", "CnsVolumeOperationRequest",
       true, true, nullptr},
  };
  return all;
}

const KubeResource* find_resource(std::string_view group, std::string_view version,
                                  std::string_view plural) {
  for (const KubeResource& resource : kube_resources()) {
    if (resource.group == group && resource.version == version && resource.plural == plural) {
      return &resource;
    }
  }
  return nullptr;
}

const KubeResource* find_resource(std::string_view plural) {
  for (const KubeResource& resource : kube_resources()) {
    if (resource.plural == plural) return &resource;
  }
  return nullptr;
}

} // namespace syncer::sim
