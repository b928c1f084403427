#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "fakes/fake_clock.h"
#include "informers/cluster_cache.h"
#include "kube_bytes.h"

namespace syncer {

using nlohmann::json;

class ClusterCacheTest : public testing::Test {
 protected:
  struct Ignored : Observer {
    void event_ignored(std::string_view) override { ++count; }
    int count = 0;
  };

  void put(Resource resource, const json& object) {
    cache.put(resource, decode_item(KubeFormat::kJson, resource, object.dump()));
  }
  void remove(Resource resource, const json& object) {
    cache.remove(resource, decode_item(KubeFormat::kJson, resource, object.dump()));
  }
  void put_broken(Resource resource, json object) {
    object["metadata"]["labels"] = "not a map";
    object["spec"] = "neither";
    put(resource, object);
  }
  void list(Resource resource, const std::vector<json>& objects, bool force = false) {
    cache.begin_list(resource, force);
    for (const json& object : objects) put(resource, object);
    cache.end_list(resource);
  }
  // PV pv-1 with handle h1, its claim, one pod; complete.
  void one_volume() {
    list(Resource::kVolumes, {pv_json("pv-1", "h1", 10)});
    list(Resource::kClaims, {claim_json("c-pv-1", "pv-1", 11)});
    list(Resource::kPods, {pod_json("web-0", "c-pv-1", 12)});
    for (const Resource resource : kResources) cache.reached_quorum(resource);
    touched.clear();
  }
  // In-tree PV pv-1 of path, served by CSI, with its claim and one pod; complete.
  void one_in_tree_volume(const std::string& path) {
    list(Resource::kVolumes, {in_tree_pv_json("pv-1", path, 10)});
    list(Resource::kClaims, {claim_json("c-pv-1", "pv-1", 11)});
    list(Resource::kPods, {pod_json("web-0", "c-pv-1", 12)});
    for (const Resource resource : kResources) cache.reached_quorum(resource);
    touched.clear();
  }
  std::vector<std::string> take_touched() { return std::exchange(touched, {}); }
  std::vector<std::string> pods_of(const char* handle) {
    std::vector<std::string> names;
    for (const BoundVolume& volume : cache.facts(handle).volumes) {
      for (const Pod& pod : volume.pods) names.push_back(pod.key.name.str());
    }
    return names;
  }

  asio::io_context io;
  FakeClock clock{io};
  Ignored observer;
  struct Deleted {
    BoundVolume last;
    bool observed;
  };
  ViewCallbacks callbacks() {
    ViewCallbacks all;
    all.touched = [this](const VolumeKey& key, ChangeKind) {
      EXPECT_NE(key.id.empty(), key.in_tree_path.empty());
      touched.push_back(key.id.str() + key.in_tree_path.str());
    };
    all.on_deleted = [this](const BoundVolume& last, bool observed) {
      deleted.push_back({last, observed});
    };
    all.on_synced = [this] { ++synced; };
    return all;
  }

  std::vector<std::string> touched; // handles and paths
  std::vector<Deleted> deleted;
  int synced = 0;
  ClusterCache cache{clock, observer, callbacks()};
};

} // namespace syncer
