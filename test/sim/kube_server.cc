#include "sim/kube_server.h"

#include "sim/kube_core.h"
#include "sim/kube_custom.h"
#include "sim/kube_encode.h"
#include "sim/kube_filler.h"

namespace syncer::sim {

namespace {

// A name that is no resource is a mistake of the caller, found the first time it runs.
const KubeResource& resource_of(const std::string& plural) {
  const KubeResource* resource = find_resource(plural);
  if (resource == nullptr) std::abort();
  return *resource;
}

json namespace_object(const char* name) {
  return {{"apiVersion", "v1"},
          {"kind", "Namespace"},
          {"metadata", {{"name", name}, {"labels", {{"kubernetes.io/metadata.name", name}}}}},
          {"spec", {{"finalizers", {"kubernetes"}}}},
          {"status", {{"phase", "Active"}}}};
}

} // namespace

SimKube::SimKube(asio::any_io_executor executor, SimKubeOptions options)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      core_(std::make_shared<KubeCore>()),
      port_(options_.port) {
  KubeCore* core = core_.get();
  core_->store.changed = [core](const KubeResource& resource) {
    core->wake_watchers(&resource);
    if (resource.plural == "customresourcedefinitions") core->drop_undefined();
  };
}

Outcome<std::unique_ptr<SimKube>> SimKube::start(asio::any_io_executor executor,
                                                 SimKubeOptions options) {
  std::unique_ptr<SimKube> kube(new SimKube(std::move(executor), std::move(options)));
  kube->put_first_objects("", true);
  kube->compact();
  const Outcome<> listening = kube->listen();
  if (!listening) return in_context("API server simulator", listening.error());
  return kube;
}

void SimKube::put_first_objects(const std::string& cluster_uid, bool definitions) {
  for (const char* name : {"default", "kube-system", "vmware-system-csi"}) {
    json object = namespace_object(name);
    if (!cluster_uid.empty() && object["metadata"]["name"] == "kube-system") {
      object["metadata"]["uid"] = cluster_uid;
    }
    put("namespaces", std::move(object));
  }
  for (const KubeResource& resource : kube_resources()) {
    if (definitions && is_custom(resource)) define(resource.plural);
  }
}

SimKube::~SimKube() { down(); }

Outcome<> SimKube::listen() {
  ServerOptions options;
  options.port = port_;
  options.tls = options_.tls;
  options.cert_pem = options_.cert_pem;
  options.key_pem = options_.key_pem;
  options.client_ca_pem = options_.client_ca_pem;
  const KubeCorePtr core = core_;
  const ServerHandler handler = [core](ServerExchange& exchange) {
    return serve_kube(core, exchange);
  };
  Outcome<std::unique_ptr<HttpServer>> server =
      create_beast_http_server(executor_, std::move(options), handler);
  if (!server) return server.error();
  server_ = std::move(server).value();
  port_ = server_->port();
  return Done{};
}

KubeBehaviour& SimKube::behaviour() { return core_->behaviour; }
KubeStore& SimKube::store() { return core_->store; }
KubeStats& SimKube::stats() { return core_->stats; }

std::size_t SimKube::watches(const std::string& resource) const {
  const KubeResource* wanted = &resource_of(resource);
  std::size_t open = 0;
  for (const KubeWatcher* watcher : core_->watchers) open += watcher->resource == wanted;
  return open;
}

json SimKube::report() const {
  json objects = json::object();
  json watches = json::object();
  for (const KubeResource& resource : kube_resources()) {
    const std::size_t count = core_->store.objects(resource).size();
    if (count != 0) objects[resource.plural] = count;
  }
  for (const KubeWatcher* watcher : core_->watchers) {
    json& open = watches[watcher->resource->plural];
    open = open.is_number() ? open.get<int>() + 1 : 1;
  }
  json report = core_->stats.to_json();
  report["objects"] = objects;
  report["watches"] = watches;
  report["resourceVersion"] = core_->store.version();
  report["connections"] = server_ ? server_->connections() : 0;
  report["up"] = server_ != nullptr;
  return report;
}

void SimKube::put(const std::string& resource, json object) {
  core_->store.put(resource_of(resource), std::move(object));
}

std::optional<json> SimKube::get(const std::string& resource, const std::string& ns,
                                 const std::string& name) const {
  const KubeResource& kind = resource_of(resource);
  const KubeObjectPtr object = core_->store.find(kind, ns, name);
  if (!object) return std::nullopt;
  return without_filler(to_json(kind, *object));
}

bool SimKube::edit(const std::string& resource, const std::string& ns, const std::string& name,
                   const std::function<void(json&)>& change) {
  const KubeResource& kind = resource_of(resource);
  const KubeObjectPtr object = core_->store.find(kind, ns, name);
  if (!object) return false;
  json value = to_json(kind, *object);
  change(value);
  core_->store.put(kind, std::move(value));
  return true;
}

bool SimKube::remove(const std::string& resource, const std::string& ns, const std::string& name) {
  return core_->store.remove(resource_of(resource), ns, name) != nullptr;
}

void SimKube::define(const std::string& resource) {
  put("customresourcedefinitions", definition_of(resource_of(resource)));
}

void SimKube::undefine(const std::string& resource) {
  const KubeResource& kind = resource_of(resource);
  remove("customresourcedefinitions", "", kind.plural + "." + kind.group);
}

bool SimKube::set_label(const std::string& resource, const std::string& ns, const std::string& name,
                        const std::string& key, const std::optional<std::string>& value) {
  return edit(resource, ns, name, [&](json& object) {
    json& labels = object["metadata"]["labels"];
    if (value) {
      labels[key] = *value;
    } else if (labels.is_object()) {
      labels.erase(key);
    }
  });
}

bool SimKube::move_pod(const std::string& ns, const std::string& name, const std::string& new_name,
                       const std::string& node) {
  const KubeResource& pods = resource_of("pods");
  const KubeObjectPtr object = core_->store.find(pods, ns, name);
  if (!object) return false;
  json pod = to_json(pods, *object);
  core_->store.remove(pods, ns, name);
  pod["metadata"]["name"] = new_name;
  for (const char* fresh : {"uid", "creationTimestamp", "generation"}) {
    pod["metadata"].erase(fresh);
  }
  pod["spec"]["nodeName"] = node;
  core_->store.put(pods, std::move(pod));
  return true;
}

json SimKube::snapshot(const std::string& resource) const {
  const KubeResource& kind = resource_of(resource);
  json all = json::array();
  for (const auto& [key, object] : core_->store.objects(kind)) {
    all.push_back(without_filler(to_json(kind, *object)));
  }
  return all;
}

} // namespace syncer::sim
