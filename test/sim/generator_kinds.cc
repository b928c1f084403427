// The kinds beside dynamic block volumes.
#include <algorithm>

#include "sim/generator_build.h"

namespace syncer::sim {

namespace {

constexpr std::size_t kVolumesPerShare = 3;

json& data_volume(json& pod) { return pod["spec"]["volumes"][0]; }

json migration_object(const GeneratedVolume& volume, const std::string& path) {
  return {
      {"metadata", {{"name", volume.handle}}},
      {"spec",
       {{"volumepath", path}, {"volumeid", volume.handle}, {"protectvolumefromvmdelete", true}}}};
}

// A vmdk of the in-tree plugin. Every third is on the datastore in a cluster, which its path names.
struct InTreeDisk {
  std::string path;          // as a PV says it
  std::string resolved;      // as vCenter says it
  std::string datastore_url; // empty: the first one
  SimVmdk vmdk;
};

InTreeDisk in_tree_disk(const GeneratedVolume& volume, const std::string& file) {
  InTreeDisk disk;
  const bool clustered = volume.index % 3 == 2;
  const std::string store = clustered ? kClusteredDatastore : "sim-datastore";
  disk.resolved = "[" + store + "] " + file;
  disk.path =
      clustered ? "[" + std::string(kDatastoreCluster) + "/" + store + "] " + file : disk.resolved;
  if (clustered) disk.datastore_url = kClusteredDatastoreUrl;
  disk.vmdk.datastore = clustered ? kClusteredDatastoreId : "";
  disk.vmdk.path = file;
  disk.vmdk.capacity_mib = volume.gibibytes * 1024;
  return disk;
}

// With several vCenters there is no migration: nothing is registered, nothing will be.
void add_in_tree_disk(ClusterBuild& build, const GeneratedVolume& volume, InTreeDisk disk,
                      bool registered, std::vector<SimEntity> wanted) {
  registered = registered && build.options.vcenters.size() < 2;
  if (registered) {
    disk.vmdk.volume_id = volume.handle;
    SimVolume made = block_volume(volume, build.options);
    made.name = volume.volume_uid;
    made.disk_path = disk.resolved;
    if (!disk.datastore_url.empty()) made.datastore_url = disk.datastore_url;
    build.add_cns_volume(volume, std::move(made), std::move(wanted));
    build.put("cnsvspherevolumemigrations", migration_object(volume, disk.path));
  }
  build.vcenter_of(volume).vmdks.push_back(std::move(disk.vmdk));
}

void share_volume(json& volume, const std::string& handle) {
  without_affinity(volume);
  volume["spec"]["accessModes"] = {"ReadWriteMany"};
  volume["spec"]["storageClassName"] = "vsphere-file";
  volume["spec"]["csi"]["volumeHandle"] = handle;
  volume["spec"]["csi"]["fsType"] = "nfs4";
  volume["spec"]["csi"]["volumeAttributes"]["type"] = "vSphere CNS File Volume";
}

void put_shared_claim(ClusterBuild& build, const GeneratedVolume& volume, std::size_t pods) {
  json claim = claim_object(volume);
  claim["spec"]["accessModes"] = {"ReadWriteMany"};
  claim["status"]["accessModes"] = {"ReadWriteMany"};
  claim["spec"]["storageClassName"] = "vsphere-file";
  build.put("persistentvolumeclaims", std::move(claim));
  build.put_pods(volume, pods);
}

void add_foreign_claim(ClusterBuild& build, const GeneratedVolume& foreign, bool nfs) {
  json volume = volume_object(foreign);
  json claim = claim_object(foreign);
  volume["metadata"]["annotations"] = {{"pv.kubernetes.io/provisioned-by", "ebs.csi.aws.com"}};
  volume["spec"].erase("csi");
  if (nfs) {
    volume["spec"]["nfs"] = {{"server", "nas.example.com"}, {"path", "/export/" + foreign.claim}};
    claim["metadata"].erase("annotations");
    volume["metadata"].erase("annotations");
  } else {
    volume["spec"]["csi"] = {{"driver", "ebs.csi.aws.com"}, {"volumeHandle", foreign.handle}};
    claim["metadata"]["annotations"] = {
        {"volume.kubernetes.io/storage-provisioner", "ebs.csi.aws.com"}};
  }
  without_affinity(volume);
  build.put("persistentvolumes", std::move(volume));
  build.put("persistentvolumeclaims", std::move(claim));
}

} // namespace

void make_static(json& volume) {
  volume["metadata"]["annotations"] = {{"pv.kubernetes.io/bound-by-controller", "yes"}};
  volume["metadata"]["finalizers"] = {"kubernetes.io/pv-protection"};
  volume["spec"]["persistentVolumeReclaimPolicy"] = "Retain";
  volume["spec"]["storageClassName"] = "";
  volume["spec"]["csi"]["volumeAttributes"].erase("storage.kubernetes.io/csiProvisionerIdentity");
}

void make_in_tree(json& volume, const std::string& path, const std::string& policy) {
  volume["metadata"]["annotations"] = {
      {"pv.kubernetes.io/provisioned-by", "kubernetes.io/vsphere-volume"},
      {"pv.kubernetes.io/migrated-to", "csi.vsphere.vmware.com"}};
  volume["spec"].erase("csi");
  volume["spec"]["vsphereVolume"] = {{"volumePath", path}, {"fsType", "ext4"}};
  if (!policy.empty()) volume["spec"]["vsphereVolume"]["storagePolicyName"] = policy;
  without_affinity(volume);
}

void make_in_tree_claim(json& claim) {
  claim["metadata"]["annotations"] = {
      {"pv.kubernetes.io/bind-completed", "yes"},
      {"pv.kubernetes.io/migrated-to", "csi.vsphere.vmware.com"},
      {"volume.beta.kubernetes.io/storage-provisioner", "kubernetes.io/vsphere-volume"}};
}

void without_affinity(json& volume) { volume["spec"].erase("nodeAffinity"); }

// Every fifth is offered and not taken.
void add_static_volumes(ClusterBuild& build) {
  for (std::size_t n = 0; n < build.options.static_volumes; ++n) {
    GeneratedVolume volume = build.next_volume("archive");
    volume.volume_name = "static-pv-" + std::to_string(n);
    json object = volume_object(volume);
    make_static(object);
    const bool available = n % 5 == 4;
    if (available) {
      object["spec"].erase("claimRef");
      object["status"]["phase"] = "Available";
    }
    build.put("persistentvolumes", std::move(object));
    if (!available) {
      build.put("persistentvolumeclaims", claim_object(volume));
      build.put_pods(volume);
    }
    if (n % 2 == 1) {
      build.add_disk(volume, SimVolumeType::kBlock);
    } else if (available) {
      std::vector<SimEntity> wanted = entities_of(volume, build.options, 0);
      wanted.resize(1);
      build.add_cns_volume(volume, block_volume(volume, build.options), std::move(wanted));
    } else {
      build.add_block_volume(volume);
    }
  }
}

// The first PV of a share made it, the others were written by hand; each is claimed in a namespace
// of its own. A share that is not in CNS has only those written by hand.
void add_file_volumes(ClusterBuild& build) {
  const std::size_t pods = build.options.pods_per_volume * 3;
  std::vector<SimEntity> wanted;
  GeneratedVolume first;
  for (std::size_t n = 0; n < build.options.file_volumes; ++n) {
    const std::size_t share = n / kVolumesPerShare;
    const std::size_t place = n % kVolumesPerShare;
    const bool registered = share % 3 != 2;
    GeneratedVolume volume = build.next_volume("shared-" + std::to_string(place));
    volume.handle = place == 0 ? "file:" + volume.handle : first.handle;
    volume.vcenter = share % build.world.vcenters.size();
    const bool dynamic = registered && place == 0;
    if (!dynamic)
      volume.volume_name = "share-" + std::to_string(share) + "-" + std::to_string(place);
    json object = volume_object(volume);
    if (!dynamic) make_static(object);
    share_volume(object, volume.handle);
    build.put("persistentvolumes", std::move(object));
    put_shared_claim(build, volume, pods);

    if (place == 0) {
      first = volume;
      wanted.clear();
    }
    const std::vector<SimEntity> more = entities_of(volume, build.options, pods);
    wanted.insert(wanted.end(), more.begin(), more.end());
    if (place + 1 != kVolumesPerShare && n + 1 != build.options.file_volumes) continue;
    if (!registered) {
      build.add_disk(first, SimVolumeType::kFile);
      continue;
    }
    SimVolume made = block_volume(first, build.options);
    made.type = SimVolumeType::kFile;
    build.add_cns_volume(first, std::move(made), wanted);
  }
}

// Every fifth was written by hand: no provisioner, nothing says that it was migrated.
void add_in_tree_volumes(ClusterBuild& build) {
  for (std::size_t n = 0; n < build.options.in_tree; ++n) {
    GeneratedVolume volume = build.next_volume("in-tree");
    volume.vcenter = 0;
    const InTreeDisk disk =
        in_tree_disk(volume, "kubevols/kubernetes-dynamic-" + volume.volume_name + ".vmdk");
    json object = volume_object(volume);
    json claim = claim_object(volume);
    make_in_tree(object, disk.path, n % 4 == 3 ? "vSAN Default Storage Policy" : "");
    make_in_tree_claim(claim);
    if (n % 5 == 4) {
      object["metadata"].erase("annotations");
      claim["metadata"].erase("annotations");
    }
    build.put("persistentvolumes", std::move(object));
    build.put("persistentvolumeclaims", std::move(claim));
    build.put_pods(volume);
    const std::size_t pods = std::min<std::size_t>(build.options.pods_per_volume, 1);
    add_in_tree_disk(build, volume, disk, n % 2 == 0, entities_of(volume, build.options, pods));
  }
}

// One pod each, whatever pods_per_volume says: without it there is no such volume.
void add_inline_pods(ClusterBuild& build) {
  for (std::size_t n = 0; n < build.options.inline_pods; ++n) {
    GeneratedVolume volume = build.next_volume("by-hand");
    volume.vcenter = 0;
    const InTreeDisk disk = in_tree_disk(
        volume, "by hand/" + volume.app->name + "-" + std::to_string(volume.index) + ".vmdk");
    json pod = pod_object(volume, 0, build.dice.uuid());
    data_volume(pod) = {{"name", "data"},
                        {"vsphereVolume", {{"volumePath", disk.path}, {"fsType", "ext4"}}}};
    build.put("pods", std::move(pod));
    const SimEntity entity{
        {kEntityPod, pod_name(volume, 0), volume.ns, build.options.cluster_id}, {}, {}};
    add_in_tree_disk(build, volume, disk, n % 2 == 1, {entity});
  }
}

// The claim is called after its pod and the volume, and goes with the pod.
void add_ephemeral_volumes(ClusterBuild& build) {
  for (std::size_t n = 0; n < build.options.ephemeral; ++n) {
    GeneratedVolume volume = build.next_volume("batch");
    const std::string owner = pod_name(volume, 0);
    const std::string uid = build.dice.uuid();
    volume.claim = owner + "-data";
    volume.retain = false;
    json claim = claim_object(volume);
    claim["metadata"]["ownerReferences"] = json::array({{{"apiVersion", "v1"},
                                                         {"kind", "Pod"},
                                                         {"name", owner},
                                                         {"uid", uid},
                                                         {"controller", true},
                                                         {"blockOwnerDeletion", true}}});
    json pod = pod_object(volume, 0, uid);
    data_volume(pod) = {
        {"name", "data"},
        {"ephemeral",
         {{"volumeClaimTemplate",
           {{"metadata", {{"labels", volume.claim_labels}}}, {"spec", claim["spec"]}}}}}};
    data_volume(pod)["ephemeral"]["volumeClaimTemplate"]["spec"].erase("volumeName");
    build.put("pods", std::move(pod));
    build.put("persistentvolumes", volume_object(volume));
    build.put("persistentvolumeclaims", std::move(claim));
    build.add_cns_volume(volume, block_volume(volume, build.options),
                         entities_of(volume, build.options, 1));
  }
}

// In turn: another CSI driver's claim before one of ours in the same pod; NFS; a CSI volume that
// only its pod names.
void add_foreign_volumes(ClusterBuild& build) {
  for (std::size_t n = 0; n < build.options.foreign; ++n) {
    const GeneratedVolume foreign = build.next_volume("mixed");
    json pod = pod_object(foreign, 0, build.dice.uuid());
    json& volumes = pod["spec"]["volumes"];
    if (n % 3 == 0) {
      add_foreign_claim(build, foreign, false);
      const GeneratedVolume ours = build.next_volume("mixed");
      build.put("persistentvolumes", volume_object(ours));
      build.put("persistentvolumeclaims", claim_object(ours));
      const json second = {{"name", "ours"},
                           {"persistentVolumeClaim", {{"claimName", ours.claim}}}};
      volumes.insert(volumes.begin() + 1, second);
      std::vector<SimEntity> wanted = entities_of(ours, build.options, 1);
      wanted[2].self.name = pod_name(foreign, 0);
      build.add_cns_volume(ours, block_volume(ours, build.options), std::move(wanted));
    } else if (n % 3 == 1) {
      add_foreign_claim(build, foreign, true);
    } else {
      data_volume(pod) = {{"name", "data"},
                          {"csi",
                           {{"driver", "secrets-store.csi.k8s.io"},
                            {"readOnly", true},
                            {"volumeAttributes", {{"secretProviderClass", "vault"}}}}}};
    }
    build.put("pods", std::move(pod));
  }
}

} // namespace syncer::sim
