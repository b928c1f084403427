#include "sim/generator_objects.h"

#include "sim/kube_time.h"

namespace syncer::sim {

namespace {

constexpr std::int64_t kEpoch = 1'772'439'330; // 2026-03-02T08:15:30Z
constexpr const char* kDriver = "csi.vsphere.vmware.com";

std::string size_text(const GeneratedVolume& volume) {
  return std::to_string(volume.gibibytes) + "Gi";
}

std::string created(const GeneratedVolume& volume, std::int64_t later = 0) {
  return to_rfc3339(kEpoch + static_cast<std::int64_t>(volume.index) + later);
}

std::string pod_ip(const GeneratedVolume& volume, std::size_t replica) {
  return "10.244." + std::to_string(volume.index / 120 % 250) + "." +
         std::to_string(2 + (volume.index % 120) * 2 + replica % 2);
}

} // namespace

json volume_object(const GeneratedVolume& volume) {
  json object = {{"metadata",
                  {{"name", volume.volume_name},
                   {"uid", volume.volume_uid},
                   {"creationTimestamp", created(volume)},
                   {"annotations",
                    {{"pv.kubernetes.io/provisioned-by", kDriver},
                     {"volume.kubernetes.io/provisioner-deletion-secret-name", ""},
                     {"volume.kubernetes.io/provisioner-deletion-secret-namespace", ""}}},
                   {"finalizers",
                    {"external-provisioner.volume.kubernetes.io/finalizer",
                     "kubernetes.io/pv-protection", "external-attacher/csi-vsphere-vmware-com"}},
                   {"managedFields", volume.app->volume_managed_fields}}},
                 {"spec",
                  {{"capacity", {{"storage", size_text(volume)}}},
                   {"accessModes", {"ReadWriteOnce"}},
                   {"csi",
                    {{"driver", kDriver},
                     {"volumeHandle", volume.handle},
                     {"fsType", "ext4"},
                     {"volumeAttributes",
                      {{"storage.kubernetes.io/csiProvisionerIdentity",
                        "1772438400123-8081-csi.vsphere.vmware.com"},
                       {"type", "vSphere CNS Block Volume"}}}}},
                   {"claimRef",
                    {{"apiVersion", "v1"},
                     {"kind", "PersistentVolumeClaim"},
                     {"namespace", volume.ns},
                     {"name", volume.claim},
                     {"uid", volume.claim_uid},
                     {"resourceVersion", std::to_string(900 + volume.index)}}},
                   {"persistentVolumeReclaimPolicy", volume.retain ? "Retain" : "Delete"},
                   {"storageClassName", volume.retain ? "vsphere-retain" : "vsphere-standard"},
                   {"volumeMode", "Filesystem"},
                   {"nodeAffinity",
                    {{"required",
                      {{"nodeSelectorTerms",
                        {{{"matchExpressions",
                           {{{"key", "topology.csi.vmware.com/k8s-zone"},
                             {"operator", "In"},
                             {"values", {volume.zone}}}}}}}}}}}}}},
                 {"status", {{"phase", "Bound"}, {"lastPhaseTransitionTime", created(volume, 2)}}}};
  if (!volume.volume_labels.is_null()) object["metadata"]["labels"] = volume.volume_labels;
  return object;
}

json claim_object(const GeneratedVolume& volume) {
  return {{"metadata",
           {{"name", volume.claim},
            {"namespace", volume.ns},
            {"uid", volume.claim_uid},
            {"creationTimestamp", created(volume)},
            {"labels", volume.claim_labels},
            {"annotations",
             {{"pv.kubernetes.io/bind-completed", "yes"},
              {"pv.kubernetes.io/bound-by-controller", "yes"},
              {"volume.beta.kubernetes.io/storage-provisioner", kDriver},
              {"volume.kubernetes.io/storage-provisioner", kDriver}}},
            {"finalizers", {"kubernetes.io/pvc-protection"}},
            {"managedFields", volume.app->claim_managed_fields}}},
          {"spec",
           {{"accessModes", {"ReadWriteOnce"}},
            {"resources", {{"requests", {{"storage", size_text(volume)}}}}},
            {"volumeName", volume.volume_name},
            {"storageClassName", volume.retain ? "vsphere-retain" : "vsphere-standard"},
            {"volumeMode", "Filesystem"}}},
          {"status",
           {{"phase", "Bound"},
            {"accessModes", {"ReadWriteOnce"}},
            {"capacity", {{"storage", size_text(volume)}}}}}};
}

std::string pod_name(const GeneratedVolume& volume, std::size_t replica) {
  return volume.app->name + "-" + std::to_string(volume.index) + "-" + std::to_string(replica);
}

json pod_object(const GeneratedVolume& volume, std::size_t replica, const std::string& uid) {
  const AppTemplate& app = *volume.app;
  const std::string name = pod_name(volume, replica);
  const std::string set = app.name + "-" + std::to_string(volume.index);
  const std::string started = created(volume, 5 + static_cast<std::int64_t>(replica));
  const json owner = {
      {"apiVersion", "apps/v1"}, {"kind", "StatefulSet"}, {"name", set},
      {"uid", app.set_uid},      {"controller", true},    {"blockOwnerDeletion", true}};
  const json data = {{"name", "data"}, {"persistentVolumeClaim", {{"claimName", volume.claim}}}};
  const json access = {{"name", "kube-api-access"}, {"projected", app.api_access}};
  const std::string ip = pod_ip(volume, replica);
  return {{"metadata",
           {{"name", name},
            {"generateName", set + "-"},
            {"namespace", volume.ns},
            {"uid", uid},
            {"creationTimestamp", started},
            {"labels",
             {{"app", app.name},
              {"app.kubernetes.io/name", app.name},
              {"app.kubernetes.io/part-of", volume.ns},
              {"apps.kubernetes.io/pod-index", std::to_string(replica)},
              {"controller-revision-hash", app.revision},
              {"statefulset.kubernetes.io/pod-name", name}}},
            {"annotations",
             {{"cni.projectcalico.org/containerID", uid + uid},
              {"cni.projectcalico.org/podIP", ip + "/32"}}},
            {"ownerReferences", json::array({owner})},
            {"managedFields", app.pod_managed_fields}}},
          {"spec",
           {{"volumes", json::array({data, access})},
            {"containers", app.containers},
            {"restartPolicy", "Always"},
            {"terminationGracePeriodSeconds", 30},
            {"dnsPolicy", "ClusterFirst"},
            {"serviceAccountName", app.name},
            {"serviceAccount", app.name},
            {"nodeName", volume.node},
            {"securityContext", {{"fsGroup", 1000}}},
            {"hostname", name},
            {"schedulerName", "default-scheduler"},
            {"tolerations", app.tolerations},
            {"priority", 0},
            {"enableServiceLinks", true},
            {"preemptionPolicy", "PreemptLowerPriority"}}},
          {"status",
           {{"phase", "Running"},
            {"conditions", app.conditions},
            {"hostIP", "10.160.8.21"},
            {"podIP", ip},
            {"podIPs", json::array({{{"ip", ip}}})},
            {"startTime", started},
            {"containerStatuses", app.container_statuses},
            {"qosClass", "Burstable"}}}};
}

} // namespace syncer::sim
