#include "sim/kube_core.h"

#include "sim/kube_custom.h"

namespace syncer::sim {

void KubeCore::wake_watchers(const KubeResource* resource) {
  for (KubeWatcher* watcher : watchers) {
    if (resource == nullptr || watcher->resource == resource) watcher->wake.cancel();
  }
}

void KubeCore::drop_undefined() {
  for (const KubeResource& resource : kube_resources()) {
    if (is_served(store, resource)) continue;
    while (!store.objects(resource).empty()) {
      const KubeObjectPtr object = store.objects(resource).begin()->second;
      store.remove(resource, object->ns, object->name);
    }
    for (KubeWatcher* watcher : watchers) {
      if (watcher->resource != &resource) continue;
      watcher->cut = true;
      watcher->wake.cancel();
    }
  }
}

void KubeCore::count(const KubeRequest& request, const HttpRequest& http, int status) {
  KubeCall call;
  call.verb = request.verb();
  call.resource = request.resource != nullptr ? request.resource->plural : request.path;
  if (!request.subresource.empty()) call.resource += "/" + request.subresource;
  call.status = status;
  call.target = http.target;
  stats.count(std::move(call));
}

KubeStream::KubeStream(KubeCore& core, ServerExchange& exchange)
    : exchange_(exchange), left_(core.behaviour.cut_next_stream_after) {
  core.behaviour.cut_next_stream_after.reset();
}

asio::awaitable<bool> KubeStream::send(std::string data) {
  const bool cut = left_ && data.size() > *left_;
  if (cut) data.resize(*left_);
  if (left_) *left_ -= data.size();
  if (!data.empty()) {
    const bool sent = co_await exchange_.write(std::move(data));
    if (!sent) co_return false;
  }
  if (cut) exchange_.abort();
  co_return !cut;
}

} // namespace syncer::sim
