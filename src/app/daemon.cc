#include "app/daemon.h"

#include <spdlog/spdlog.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <random>
#include <sstream>

#include "app/metrics_server.h"
#include "cns/soap_cns_api.h"
#include "core/asio_clock.h"
#include "core/leadership.h"
#include "informers/informers.h"
#include "kube/kube_client.h"
#include "metrics/prometheus_observer.h"
#include "net/http.h"
#include "reconcile/full_sync.h"
#include "reconcile/reconciler.h"

namespace syncer {

namespace {

constexpr std::chrono::seconds kDrainBudget{5};
constexpr std::chrono::seconds kPortRetry{5};

Error rejected(std::string detail) { return {ErrorKind::kRejected, std::move(detail)}; }

Outcome<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return rejected(path + ": cannot be read");
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

Outcome<ClientOptions> vcenter_connection(const VCenterConfig& vcenter) {
  ClientOptions options;
  options.host = vcenter.host;
  options.port = vcenter.port;
  options.tls_options.insecure = vcenter.insecure;
  if (vcenter.insecure) return options;
  if (!vcenter.ca_file.empty()) {
    Outcome<std::string> pem = read_file(vcenter.ca_file);
    if (!pem) return in_context("ca-file", pem.error());
    options.tls_options.ca_pem = std::move(*pem);
  } else {
    options.tls_options.thumbprints = vcenter.thumbprints;
  }
  return options;
}

Outcome<KubeConfig> kube_config(const Settings& settings) {
  if (settings.kubeconfig.empty() && settings.kubeconfig_list.empty()) {
    InCluster env;
    env.host = settings.service_host;
    env.port = settings.service_port;
    return in_cluster_config(env);
  }
  return load_kubeconfig({settings.kubeconfig, settings.kubeconfig_list});
}

void rethrow(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

} // namespace

struct Daemon::Parts {
  Parts(asio::io_context& context, Settings given, spdlog::logger& logger)
      : io(context),
        settings(std::move(given)),
        log(logger),
        clock(context.get_executor()),
        chance(std::random_device()()),
        drained(context, 1) {
    random = [this] { return std::uniform_real_distribution<double>()(chance); };
  }

  Outcome<> build_kube();
  Outcome<> build_vcenter();
  void build_core();
  MetricsSnapshot snapshot() const;
  std::string not_ready_because() const;
  asio::awaitable<void> serve_metrics();
  asio::awaitable<void> reconcile();
  asio::awaitable<void> end();

  asio::io_context& io;
  Settings settings;
  spdlog::logger& log;
  AsioClock clock;
  std::mt19937_64 chance;
  Random random;
  VSphereConfig vsphere;
  AlwaysLeader leadership;
  std::unique_ptr<PrometheusObserver> observer;
  std::unique_ptr<KubeClient> kube;
  std::unique_ptr<Informers> informers;
  std::unique_ptr<HttpClient> vcenter_http;
  std::unique_ptr<SoapCnsApi> cns;
  std::unique_ptr<Reconciler> reconciler;
  std::unique_ptr<FullSync> full_sync;
  std::unique_ptr<HttpServer> metrics;
  asio::experimental::channel<void(boost::system::error_code)> drained;
  bool ending = false;
};

Outcome<> Daemon::Parts::build_kube() {
  Outcome<KubeConfig> config = kube_config(settings);
  if (!config) return in_context("Kubernetes", config.error());
  const KubeClient::Deps deps{[this](ClientOptions options) {
                                return create_beast_http_client(io.get_executor(),
                                                                std::move(options));
                              },
                              clock, log};
  Outcome<std::unique_ptr<KubeClient>> client = KubeClient::create(deps, std::move(*config));
  if (!client) return in_context("Kubernetes", client.error());
  kube = std::move(*client);
  const Informers::Deps informer_deps{io.get_executor(), *kube, clock, *observer, log, random};
  ViewCallbacks callbacks;
  callbacks.touched = [this](const VolumeKey& key, ChangeKind kind) {
    if (!key.id.empty()) reconciler->touched(key.id, kind);
  };
  callbacks.on_synced = [this] {
    log.info("first lists complete: volumes={}", informers->view().volume_count());
    full_sync->request();
  };
  informers = std::make_unique<Informers>(informer_deps, std::move(callbacks));
  return Done{};
}

Outcome<> Daemon::Parts::build_vcenter() {
  const VCenterConfig& vcenter = vsphere.vcenters.front();
  Outcome<ClientOptions> connection = vcenter_connection(vcenter);
  if (!connection) return in_context("vCenter " + vcenter.host, connection.error());
  Outcome<std::unique_ptr<HttpClient>> http =
      create_beast_http_client(io.get_executor(), std::move(*connection));
  if (!http) return in_context("vCenter " + vcenter.host, http.error());
  vcenter_http = std::move(*http);
  CnsOptions options;
  options.vcenter = vcenter.host;
  options.user = vcenter.user;
  options.password = vcenter.password;
  options.cluster_id = vsphere.cluster_id;
  options.cluster_distribution = vsphere.cluster_distribution;
  options.user_agent =
      std::string("vsphere-syncer/") + SYNCER_VERSION + " (" + vsphere.cluster_id + ")";
  options.late_task_window = settings.late_task_window;
  const SoapCnsApi::Deps deps{io.get_executor(), *vcenter_http, clock, *observer,
                              leadership,        log,           random};
  cns = std::make_unique<SoapCnsApi>(deps, options);
  return Done{};
}

void Daemon::Parts::build_core() {
  ReconcilerOptions options;
  options.max_in_flight = settings.max_in_flight;
  options.bulk_rate = settings.bulk_rate;
  options.settle_delay = settings.settle_delay;
  options.late_task_window = settings.late_task_window;
  const Reconciler::Deps deps{io.get_executor(), informers->view(), *cns, clock,
                              *observer,         leadership,        log,  random};
  reconciler = std::make_unique<Reconciler>(deps, options);
  FullSyncOptions sync_options;
  sync_options.interval = settings.full_sync_interval;
  const FullSync::Deps sync_deps{
      io.get_executor(), informers->view(), *cns, clock, *observer, log, random, *reconciler};
  full_sync = std::make_unique<FullSync>(sync_deps, sync_options);
}

MetricsSnapshot Daemon::Parts::snapshot() const {
  const Reconciler::Counts counts = reconciler->counts();
  const FullSync::Status& sync = full_sync->status();
  const std::size_t volumes = informers->view().volume_count();
  const auto rest = [](std::size_t all, std::size_t part) { return all > part ? all - part : 0; };
  MetricsSnapshot now;
  now.volumes_failed = counts.failed;
  now.volumes_pending = rest(counts.pending, counts.failed);
  now.volumes_unknown = rest(volumes, counts.known);
  now.volumes_in_sync =
      rest(volumes, now.volumes_failed + now.volumes_pending + now.volumes_unknown);
  now.queue_depth = counts.pending;
  now.in_flight = counts.in_flight;
  now.flight_limit = counts.flight_limit;
  now.cns_volumes = sync.cns_volumes;
  now.cns_without_pv = sync.cns_without_pv;
  if (const auto oldest = reconciler->oldest_pending()) {
    now.oldest_pending_seconds = std::chrono::duration<double>(clock.now() - *oldest).count();
  }
  return now;
}

std::string Daemon::Parts::not_ready_because() const {
  if (ending) return "ending";
  return informers->view().synced() ? "" : "waiting for the first lists of the API server";
}

asio::awaitable<void> Daemon::Parts::serve_metrics() {
  while (!ending) {
    const MetricsSources sources{[this] { return observer->render(snapshot()); },
                                 [this] { return not_ready_because(); }};
    auto server = create_metrics_server(io.get_executor(), settings.metrics_address,
                                        settings.metrics_port, sources);
    if (server) {
      metrics = std::move(*server);
      log.info("serving /metrics, /livez and /readyz on port {}", metrics->port());
      co_return;
    }
    log.error("metrics endpoint: {}; next try in 5 s", server.error().detail);
    co_await clock.sleep_until(clock.now() + kPortRetry);
  }
}

asio::awaitable<void> Daemon::Parts::reconcile() {
  co_await reconciler->run();
  drained.try_send(boost::system::error_code());
}

asio::awaitable<void> Daemon::Parts::end() {
  using namespace asio::experimental::awaitable_operators;
  reconciler->stop();
  auto finished = drained.async_receive(asio::as_tuple(asio::use_awaitable));
  auto gave_up = clock.sleep_until(clock.now() + kDrainBudget);
  co_await (std::move(finished) || std::move(gave_up));
  co_await cns->logout();
  if (metrics) metrics->stop();
  io.stop();
}

Daemon::Daemon(asio::io_context& io, Settings settings, spdlog::logger& log)
    : parts_(std::make_unique<Parts>(io, std::move(settings), log)) {}

Daemon::~Daemon() = default;

Outcome<> Daemon::prepare() {
  Outcome<VSphereConfig> config = load_vsphere_config(parts_->settings.vsphere_config);
  if (!config) return config.error();
  parts_->vsphere = std::move(*config);
  const std::string& path = parts_->settings.vsphere_config;
  if (parts_->vsphere.cluster_id.empty())
    return rejected(path + ": [Global] cluster-id is missing");
  if (parts_->vsphere.vcenters.size() > 1) {
    return rejected(path + ": this version serves one [VirtualCenter]");
  }
  parts_->observer =
      std::make_unique<PrometheusObserver>(SYNCER_VERSION, parts_->vsphere.vcenters.front().host);
  if (Outcome<> built = parts_->build_kube(); !built) return built;
  if (Outcome<> built = parts_->build_vcenter(); !built) return built;
  parts_->build_core();
  return Done{};
}

void Daemon::start() {
  Parts& p = *parts_;
  asio::co_spawn(p.io, p.serve_metrics(), rethrow);
  asio::co_spawn(p.io, p.cns->run(), rethrow);
  asio::co_spawn(p.io, p.reconcile(), rethrow);
  asio::co_spawn(p.io, p.full_sync->run(), rethrow);
  asio::co_spawn(p.io, p.informers->run(), rethrow);
}

void Daemon::shut_down() {
  if (std::exchange(parts_->ending, true)) return;
  asio::co_spawn(parts_->io, parts_->end(), rethrow);
}

std::uint16_t Daemon::metrics_port() const {
  return parts_->metrics ? parts_->metrics->port() : std::uint16_t{0};
}

} // namespace syncer
