#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "sim/kube_server.h"
#include "sim/sim_volume.h"

namespace syncer::sim {

// What the controllers do outside of Kubernetes. `vcenter` counts from 0.
struct ControllerEffects {
  std::function<void(std::size_t vcenter, SimVolume volume)> create_volume;
  std::function<void(const std::string& handle)> delete_volume; // on whichever vCenter it is
};

struct ControllerSettings {
  std::string cluster_id = "demo";
  std::string datastore_url;
  std::string storage_policy_id;
  std::vector<std::string> vcenters = {"127.0.0.1"}; // hosts
};

// The provisioner of our driver and the volume controllers of Kubernetes, without time: a tick lets
// every object take the one step that is due, so that a test sees each state in between.
//
//   provision  a Pending claim of a storage class gets its CNS volume, without entities, and its
//              PV, Pending. With several vCenters the claim's annotation "sim/vcenter" (from 1)
//              says where; affinity and CNSVolumeInfo follow.
//   bind       PV and claim that name each other, or fit, become Bound; a PV nobody claims
//   Available release    a Bound PV whose claim is gone becomes Released delete     a Released PV
//   with policy Delete: deletionTimestamp; then the CNS volume goes; then
//              the PV
//   protect    what is being deleted loses the protection finalizer once nothing uses it
//   ephemeral  claims of generic ephemeral volumes come, and go with their pods
class KubeControllers {
 public:
  KubeControllers(SimKube& kube, ControllerSettings settings, ControllerEffects effects);

  // How many steps of each kind were taken; no member where none was.
  json tick();

 private:
  void remove_volumes(json& done);
  void unprotect(json& done);
  void release(json& done);
  void bind(json& done);
  void bind_pair(const json& volume, const json& claim, json& done);
  void provision(json& done);
  void provision_claim(const json& claim, json& done);
  void follow_pods(json& done);
  std::size_t vcenter_for(const json& claim) const;

  SimKube& kube_;
  ControllerSettings settings_;
  ControllerEffects effects_;
  std::set<std::string> volume_gone_; // handles of PVs that are still there
};

} // namespace syncer::sim
