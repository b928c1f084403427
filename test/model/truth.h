// The model test: a made-up cluster and a made-up CNS around the whole of reconcile and the real
// ClusterCache, driven by chance from a seed. docs/testing.md says how to run it.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "core/kube_objects.h"
#include "informers/kube_decode.h"
#include "informers/resource.h"

namespace syncer::model {

using Time = Clock::time_point;
using Key = std::pair<InternedString, InternedString>; // namespace, name

inline Key key_of(const PersistentVolume& pv) { return {InternedString(), pv.name}; }
inline Key key_of(const Claim& claim) { return {claim.key.ns, claim.key.name}; }
inline Key key_of(const Pod& pod) { return {pod.key.ns, pod.key.name}; }
inline Key key_of(const ObjectKey& key) { return {key.ns, key.name}; }

// Objects as somebody sees them: the API server, or who listens to it.
struct Objects {
  std::map<Key, PersistentVolume> pvs;
  std::map<Key, Claim> claims;
  std::map<Key, Pod> pods;
};

inline constexpr std::string_view kOurDriver = "csi.vsphere.vmware.com";

inline bool is_ours(const PersistentVolume& pv) { return pv.driver.view() == kOurDriver; }

struct Event {
  Resource resource = Resource::kVolumes;
  bool deleted = false;
  DecodedObject object;
};

// The API server: what exists, each change with a resourceVersion of its own.
class Truth {
 public:
  // Hears every change, in order.
  std::function<void(const Event&)> told = [](const Event&) {};

  const Objects& objects() const { return objects_; }

  void put(PersistentVolume pv);
  void put(Claim claim);
  void put(Pod pod);
  void erase(Resource resource, const Key& key);

  // The object cannot be decoded from now on, until it is put again.
  void corrupt(Resource resource, const Key& key);
  bool broken(Resource resource, const Key& key) const {
    return broken_.contains({index_of(resource), key});
  }
  std::vector<std::pair<Resource, Key>> all_broken() const;

  // A complete list of the resource, as decoded.
  std::vector<DecodedObject> list(Resource resource) const;

  // What etcd holds; may be put back later, and time goes on from there.
  struct Snapshot {
    Objects objects;
    std::set<std::pair<std::size_t, Key>> broken;
    std::uint64_t version = 0;
  };
  Snapshot save() const { return {objects_, broken_, version_}; }
  void restore(const Snapshot& snapshot);

  // VolumeAttachments, by the name of the PV.
  std::set<InternedString> attached;

 private:
  void tell(Resource resource, const Key& key, bool deleted);
  DecodedObject decoded(Resource resource, const Key& key) const;

  Objects objects_;
  std::set<std::pair<std::size_t, Key>> broken_;
  std::uint64_t version_ = 100;
};

} // namespace syncer::model
