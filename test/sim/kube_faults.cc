#include <functional>

#include "sim/kube_core.h"
#include "sim/kube_encode.h"
#include "sim/kube_server.h"

namespace syncer::sim {

namespace {

// Bytes for each watch of one resource, in that watch's encoding.
void inject(KubeCore& core, const std::string& plural,
            const std::function<std::string(const KubeWatcher&)>& bytes) {
  const KubeResource* resource = find_resource(plural);
  for (KubeWatcher* watcher : core.watchers) {
    if (watcher->resource != resource) continue;
    watcher->injected += bytes(*watcher);
    watcher->wake.cancel();
  }
}

} // namespace

void SimKube::down() {
  cut_watches();
  server_.reset();
}

Outcome<> SimKube::up() {
  if (server_) return Done{};
  return listen();
}

void SimKube::cut_connections() {
  if (server_) server_->cut_connections();
  wake_watches();
}

void SimKube::cut_watches() {
  for (KubeWatcher* watcher : core_->watchers) {
    watcher->cut = true;
    watcher->exchange->abort();
    watcher->wake.cancel();
  }
}

void SimKube::wake_watches() { core_->wake_watchers(); }

void SimKube::compact() { core_->store.compact(); }

void SimKube::restart() {
  cut_watches();
  cut_connections();
  compact();
}

void SimKube::come_back_empty(const KubeRebirth& rebirth) {
  std::string uid = rebirth.cluster_uid;
  const std::optional<json> old = get("namespaces", "", "kube-system");
  if (uid.empty() && old) uid = (*old)["metadata"]["uid"];
  KubeStore::Saved empty;
  // A gap, or a client that had seen the last version would be told that it missed nothing.
  constexpr std::uint64_t kGap = 1000;
  empty.version = rebirth.version_starts_over ? 1 : core_->store.version() + kGap;
  restore(empty);
  put_first_objects(uid, rebirth.definitions);
  compact();
}

KubeStore::Saved SimKube::save() const { return core_->store.save(); }

void SimKube::restore(const KubeStore::Saved& saved) {
  cut_watches();
  cut_connections();
  core_->store.restore(saved);
}

void SimKube::inject_broken_object(const std::string& resource, const std::string& ns,
                                   const std::string& name) {
  const std::uint64_t version = core_->store.version();
  inject(*core_, resource, [&](const KubeWatcher& watcher) {
    return broken_object_frame(*watcher.resource, version, ns, name, watcher.encoding);
  });
}

void SimKube::inject_broken_framing(const std::string& resource) {
  inject(*core_, resource,
         [](const KubeWatcher& watcher) { return broken_framing(watcher.encoding); });
}

void SimKube::inject_error(const std::string& resource, int code, const std::string& reason,
                           const std::string& message) {
  const KubeStatus status{code, reason, message, nullptr};
  inject(*core_, resource,
         [&](const KubeWatcher& watcher) { return error_frame(status, watcher.encoding); });
}

void SimKube::inject_bytes(const std::string& resource, const std::string& bytes) {
  inject(*core_, resource, [&](const KubeWatcher&) { return bytes; });
}

} // namespace syncer::sim
