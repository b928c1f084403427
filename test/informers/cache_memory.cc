// Heap held by the cache for a cluster of the size that design and README promise. Prints bytes per
// object and in all: cache_memory [volumes] [pods per volume].
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "informers/cluster_cache.h"

namespace syncer {
namespace {

class NoClock final : public Clock {
 public:
  time_point now() const override { return {}; }
  std::chrono::system_clock::time_point wall_now() const override { return {}; }
  asio::awaitable<void> sleep_until(time_point) override { co_return; }
};

std::size_t held() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

std::string uuid(int kind, int i) {
  char text[37];
  std::snprintf(text, sizeof text, "%08x-%04x-4000-8000-%012x", i, kind, i * 7919);
  return text;
}

Labels three_labels(int i) {
  Labels labels = {{"app.kubernetes.io/name", "app-" + std::to_string(i % 200)},
                   {"app.kubernetes.io/part-of", "team-" + std::to_string(i % 50)},
                   {"tier", "data"}};
  sort_labels(labels);
  return labels;
}

DecodedObject decoded(std::string ns, std::string name) {
  DecodedObject object;
  object.ns = std::move(ns);
  object.name = std::move(name);
  object.version = "1000";
  return object;
}

std::string space_of(int i) { return "namespace-" + std::to_string(i % 300); }

DecodedObject volume(int i) {
  const std::string name = "pvc-" + uuid(1, i);
  PersistentVolume pv;
  pv.name = name;
  pv.uid = Uid::parse(uuid(2, i));
  pv.version = 1000;
  pv.driver = "csi.vsphere.vmware.com";
  pv.handle = uuid(3, i);
  pv.claim = ObjectKey{space_of(i), "data-statefulset-" + std::to_string(i)};
  pv.claim_uid = Uid::parse(uuid(1, i));
  pv.labels = three_labels(i);
  DecodedObject object = decoded("", name);
  object.object = std::move(pv);
  return object;
}

DecodedObject claim(int i) {
  const std::string name = "data-statefulset-" + std::to_string(i);
  Claim claim;
  claim.key = ObjectKey{space_of(i), name};
  claim.uid = Uid::parse(uuid(1, i));
  claim.version = 1000;
  claim.volume_name = "pvc-" + uuid(1, i);
  claim.labels = three_labels(i);
  DecodedObject object = decoded(space_of(i), name);
  object.object = std::move(claim);
  return object;
}

DecodedObject pod(int i, int n) {
  const std::string name = "statefulset-" + std::to_string(i) + "-" + std::to_string(n);
  Pod pod;
  pod.key = ObjectKey{space_of(i), name};
  pod.uid = Uid::parse(uuid(4 + n, i));
  pod.version = 1000;
  pod.volumes.reserve(1);
  pod.volumes.push_back({"data-statefulset-" + std::to_string(i), false, ""});
  DecodedObject object = decoded(space_of(i), name);
  object.object = std::move(pod);
  return object;
}

} // namespace
} // namespace syncer

int main(int argc, char** argv) {
  using namespace syncer;
  const int volumes = argc > 1 ? std::atoi(argv[1]) : 25'000;
  const int pods = argc > 2 ? std::atoi(argv[2]) : 2;
  NoClock clock;
  Observer observer;
  ClusterCache cache(clock, observer, ViewCallbacks());
  const std::size_t start = held();
  for (int i = 0; i < volumes; ++i) cache.put(Resource::kVolumes, volume(i));
  const std::size_t with_volumes = held();
  for (int i = 0; i < volumes; ++i) cache.put(Resource::kClaims, claim(i));
  const std::size_t with_claims = held();
  for (int i = 0; i < volumes; ++i) {
    for (int n = 0; n < pods; ++n) cache.put(Resource::kPods, pod(i, n));
  }
  const std::size_t with_pods = held();
  const auto each = [](std::size_t bytes, int count) {
    return count > 0 ? bytes / static_cast<std::size_t>(count) : 0;
  };
  std::printf("bytes per object: volume %zu, claim %zu, pod %zu\n",
              each(with_volumes - start, volumes), each(with_claims - with_volumes, volumes),
              each(with_pods - with_claims, volumes * pods));
  std::printf("in all: %.1f MiB\n", static_cast<double>(with_pods - start) / (1024 * 1024));
  return 0;
}
