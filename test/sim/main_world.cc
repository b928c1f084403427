#include "main_world.h"

#include <boost/asio/use_awaitable.hpp>

namespace syncer::sim {

namespace {

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
  world->cluster_id_ = settings.cluster.cluster_id;
  world->volumes_ = settings.cluster.volumes;
  Outcome<> started = world->start_kube(settings, credentials, executor);
  if (started) started = world->start_vcenter(settings, credentials, executor);
  if (!started) return started.error();
  for (SimVolume& volume : generate_cluster(settings.cluster, world->kube_->store())) {
    world->vcenter_->put_volume(std::move(volume));
  }
  world->kube_->compact();
  started = world->start_admin(settings, executor);
  if (!started) return started.error();
  return world;
}

Outcome<> SimWorld::start_kube(const SimSettings& settings, const SimCredentials& credentials,
                               asio::any_io_executor executor) {
  SimKubeOptions options;
  options.port = settings.kube_port;
  options.cert_pem = credentials.cert_pem;
  options.key_pem = credentials.key_pem;
  options.client_ca_pem = credentials.ca_pem;
  Outcome<std::unique_ptr<SimKube>> kube = SimKube::start(std::move(executor), options);
  if (!kube) return std::move(kube).error();
  kube_ = std::move(kube).value();
  KubeBehaviour& behaviour = kube_->behaviour();
  behaviour.token = credentials.token.reveal();
  behaviour.streaming_lists = settings.streaming_lists;
  behaviour.watch_cache = settings.watch_cache;
  behaviour.bookmark_interval = settings.bookmark_interval;
  kube_admin_ = std::make_unique<KubeAdmin>(*kube_);
  return Done{};
}

Outcome<> SimWorld::start_vcenter(const SimSettings& settings, const SimCredentials& credentials,
                                  asio::any_io_executor executor) {
  SimVcenterOptions options;
  options.port = settings.vcenter_port;
  options.cert_pem = credentials.cert_pem;
  options.key_pem = credentials.key_pem;
  options.task_time = settings.task_time;
  options.api_version = settings.api_version;
  options.about_version = product_version(settings.api_version);
  Outcome<std::unique_ptr<SimVcenter>> vcenter =
      SimVcenter::create(std::move(executor), std::move(options));
  if (!vcenter) return in_context("vCenter simulator", std::move(vcenter).error());
  vcenter_ = std::move(vcenter).value();
  return Done{};
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
  addresses.vcenter_port = vcenter_->port();
  addresses.admin_port = admin_->port();
  addresses.cluster_id = cluster_id_;
  addresses.vcenter_user = vcenter_->options().user;
  addresses.vcenter_password = Secret(vcenter_->options().password);
  addresses.volumes = volumes_;
  return addresses;
}

asio::awaitable<void> SimWorld::serve_admin(ServerExchange& exchange) {
  HttpResponse response = answer(exchange.request());
  co_await exchange.reply(std::move(response));
}

HttpResponse SimWorld::answer(const HttpRequest& request) {
  if (request.target.rfind("/sim/vcenter/", 0) == 0) {
    return response_of(vcenter_->handle_admin(request.method, request.target, request.body));
  }
  if (request.target == "/sim/stats") {
    const AdminReply vcenter = vcenter_->handle_admin("GET", "/sim/vcenter/stats", "");
    const json stats = {{"kube", kube_->report()},
                        {"vcenter", json::parse(vcenter.body, nullptr, false)}};
    return response_of({200, stats.dump()});
  }
  return kube_admin_->handle(request);
}

} // namespace syncer::sim
