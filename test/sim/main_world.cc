#include "main_world.h"

#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <set>

namespace syncer::sim {

namespace {

constexpr std::string_view kFirstVcenter = "/sim/vcenter/";
constexpr std::string_view kVcenters = "/sim/vcenters/";
constexpr const char* kDriverNamespace = "vmware-system-csi";

SimDatastore clustered_datastore() {
  SimDatastore datastore;
  datastore.id = kClusteredDatastoreId;
  datastore.name = kClusteredDatastore;
  datastore.url = kClusteredDatastoreUrl;
  datastore.folders = {"storage"};
  datastore.pod = kDatastoreCluster;
  return datastore;
}

// A zone is a cluster of one host, where the machines of its nodes run.
void add_node_machines(SimVcenterOptions& options, const std::vector<GeneratedNode>& nodes) {
  std::set<std::string> zones;
  for (const GeneratedNode& node : nodes) {
    const std::string host = "host-" + node.zone;
    if (zones.insert(node.zone).second) {
      options.esx_hosts.push_back({host, "esx-" + node.zone, node.zone});
    }
    SimVm vm;
    vm.name = node.name;
    vm.uuid = node.uuid;
    vm.host = host;
    options.vms.push_back(std::move(vm));
  }
}

void tag_places(SimVcenter& vcenter, const std::vector<GeneratedNode>& nodes) {
  const SimInventory& inventory = vcenter.inventory();
  for (const GeneratedNode& node : nodes) {
    const InventoryNode* cluster = inventory.find_named("ClusterComputeResource", node.zone);
    const InventoryNode* datacenter = inventory.datacenter_above(*cluster);
    vcenter.tags().attach("k8s-zone", node.zone, cluster->ref);
    vcenter.tags().attach("k8s-region", node.region, datacenter->ref);
  }
}

HttpResponse response_of(AdminReply reply) {
  HttpResponse response;
  response.status = reply.status;
  response.headers.emplace_back("Content-Type", "application/json");
  response.body = std::move(reply.body);
  return response;
}

// "8.0.2" of "8.0.2.0"
std::string product_version(const std::string& api_version) {
  std::size_t end = 0;
  for (int dots = 0; end < api_version.size(); ++end) {
    if (api_version[end] == '.' && ++dots == 3) break;
  }
  return api_version.substr(0, end);
}

} // namespace

Outcome<std::unique_ptr<SimWorld>> SimWorld::create(asio::any_io_executor executor,
                                                    const SimSettings& settings,
                                                    const SimCredentials& credentials) {
  std::unique_ptr<SimWorld> world(new SimWorld());
  world->cluster_ = settings.cluster;
  Outcome<> started = world->start_kube(settings, credentials, executor);
  if (!started) return started.error();
  GeneratedWorld generated = generate_cluster(settings.cluster, world->kube_->store());
  world->poison_ = std::move(generated.poison);
  world->kube_->compact();
  while (started && world->vcenters_.size() < generated.vcenters.size()) {
    started = world->start_vcenter(settings, credentials, executor, generated);
  }
  if (settings.controllers) world->start_controllers(settings);
  if (started) started = world->start_admin(settings, executor);
  if (!started) return started.error();
  return world;
}

Outcome<> SimWorld::start_kube(const SimSettings& settings, const SimCredentials& credentials,
                               asio::any_io_executor executor) {
  SimKubeOptions options;
  options.port = settings.kube_port;
  options.cert_pem = credentials.server.cert_pem;
  options.key_pem = credentials.server.key_pem;
  options.client_ca_pem = credentials.ca_pem;
  Outcome<std::unique_ptr<SimKube>> kube = SimKube::start(std::move(executor), options);
  if (!kube) return std::move(kube).error();
  kube_ = std::move(kube).value();
  KubeBehaviour& behaviour = kube_->behaviour();
  behaviour.token = credentials.token.reveal();
  behaviour.streaming_lists = settings.streaming_lists;
  behaviour.watch_cache = settings.watch_cache;
  behaviour.bookmark_interval = settings.bookmark_interval;
  behaviour.git_version = settings.kube_version;
  kube_admin_ = std::make_unique<KubeAdmin>(*kube_);
  return Done{};
}

Outcome<> SimWorld::start_vcenter(const SimSettings& settings, const SimCredentials& credentials,
                                  asio::any_io_executor executor, GeneratedWorld& generated) {
  const std::size_t number = vcenters_.size();
  GeneratedVcenter& held = generated.vcenters[number];
  SimVcenterOptions options;
  options.address = settings.cluster.vcenters[number];
  options.port = number == 0 ? settings.vcenter_port : std::uint16_t{0};
  options.cert_pem = credentials.vcenters[number].cert_pem;
  options.key_pem = credentials.vcenters[number].key_pem;
  options.task_time = settings.task_time;
  options.api_version = settings.api_version;
  options.lockout_after = settings.lockout_after;
  options.about_version = product_version(settings.api_version);
  options.lease_holder = [this] { return lease_holder(); };
  if (!held.vmdks.empty()) options.datastores.push_back(clustered_datastore());
  add_node_machines(options, held.nodes);
  Outcome<std::unique_ptr<SimVcenter>> vcenter =
      SimVcenter::create(std::move(executor), std::move(options));
  if (!vcenter) {
    return in_context("vCenter simulator at " + settings.cluster.vcenters[number],
                      std::move(vcenter).error());
  }
  SimVcenter& made = *vcenters_.emplace_back(std::move(vcenter).value());
  tag_places(made, held.nodes);
  for (SimVolume& volume : held.volumes) made.put_volume(std::move(volume));
  for (SimDisk& disk : held.disks) made.add_disk(std::move(disk));
  for (SimVmdk& vmdk : held.vmdks) made.add_vmdk(std::move(vmdk));
  return Done{};
}

void SimWorld::start_controllers(const SimSettings& settings) {
  ControllerSettings wanted;
  wanted.cluster_id = settings.cluster.cluster_id;
  wanted.datastore_url = settings.cluster.datastore_url;
  wanted.storage_policy_id = settings.cluster.storage_policy_id;
  wanted.vcenters = settings.cluster.vcenters;
  ControllerEffects effects;
  effects.create_volume = [this](std::size_t vcenter, SimVolume volume) {
    vcenters_[vcenter]->put_volume(std::move(volume));
  };
  effects.delete_volume = [this](const std::string& handle) {
    for (const auto& vcenter : vcenters_) vcenter->store().erase(handle);
  };
  controllers_ = std::make_unique<KubeControllers>(*kube_, std::move(wanted), std::move(effects));
  kube_admin_->use(*controllers_);
}

Outcome<> SimWorld::start_admin(const SimSettings& settings, asio::any_io_executor executor) {
  ServerOptions options;
  options.port = settings.admin_port;
  const ServerHandler handler = [this](ServerExchange& exchange) { return serve_admin(exchange); };
  Outcome<std::unique_ptr<HttpServer>> server =
      create_beast_http_server(std::move(executor), std::move(options), handler);
  if (!server) return in_context("admin server", std::move(server).error());
  admin_ = std::move(server).value();
  return Done{};
}

SimAddresses SimWorld::addresses() const {
  SimAddresses addresses;
  addresses.kube_port = kube_->port();
  addresses.admin_port = admin_->port();
  addresses.cluster = cluster_;
  addresses.poison = poison_;
  for (const auto& vcenter : vcenters_) {
    const SimVcenterOptions& options = vcenter->options();
    addresses.vcenters.push_back(
        {options.address, vcenter->port(), options.user, Secret(options.password)});
  }
  return addresses;
}

asio::awaitable<void> SimWorld::serve_admin(ServerExchange& exchange) {
  HttpResponse response = answer(exchange.request());
  co_await exchange.reply(std::move(response));
}

HttpResponse SimWorld::answer(const HttpRequest& request) {
  if (request.target.rfind(kFirstVcenter, 0) == 0) {
    return response_of(
        vcenters_.front()->handle_admin(request.method, request.target, request.body));
  }
  if (request.target.rfind(kVcenters, 0) == 0) return answer_vcenter(request);
  if (request.target == "/sim/stats") return response_of({200, stats().dump()});
  return kube_admin_->handle(request);
}

// "/sim/vcenters/2/volumes" is "/sim/vcenter/volumes" to the second.
HttpResponse SimWorld::answer_vcenter(const HttpRequest& request) {
  const std::string rest = request.target.substr(kVcenters.size());
  const std::size_t slash = rest.find('/');
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  const bool known = slash != std::string::npos && error == std::errc{} &&
                     end == rest.data() + slash && number >= 1 && number <= vcenters_.size();
  if (!known) return response_of({404, R"({"error":"no such vCenter"})"});
  const std::string target = std::string(kFirstVcenter) + rest.substr(slash + 1);
  return response_of(vcenters_[number - 1]->handle_admin(request.method, target, request.body));
}

std::string SimWorld::lease_holder() const {
  const json::json_pointer place("/spec/holderIdentity");
  const std::optional<json> lease = kube_->get("leases", kDriverNamespace, "vsphere-syncer");
  if (!lease || !lease->contains(place) || !lease->at(place).is_string()) return {};
  return lease->at(place).get<std::string>();
}

json SimWorld::stats() {
  json all = json::array();
  for (const auto& vcenter : vcenters_) {
    const AdminReply reply = vcenter->handle_admin("GET", "/sim/vcenter/stats", "");
    all.push_back(json::parse(reply.body, nullptr, false));
  }
  json stats = {{"kube", kube_->report()}, {"vcenter", all.front()}};
  stats["vcenters"] = std::move(all);
  return stats;
}

} // namespace syncer::sim
