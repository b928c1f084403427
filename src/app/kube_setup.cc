#include "app/kube_setup.h"

namespace syncer {

namespace {

Outcome<KubeConfig> kube_config(const Settings& settings) {
  if (settings.kubeconfig.empty() && settings.kubeconfig_list.empty()) {
    InCluster env;
    env.host = settings.service_host;
    env.port = settings.service_port;
    return in_cluster_config(env);
  }
  return load_kubeconfig({settings.kubeconfig, settings.kubeconfig_list});
}

} // namespace

Outcome<std::unique_ptr<KubeClient>> make_kube_client(asio::any_io_executor executor,
                                                      const Settings& settings, Clock& clock,
                                                      Observer& observer, spdlog::logger& log) {
  Outcome<KubeConfig> config = kube_config(settings);
  if (!config) return in_context("Kubernetes", config.error());
  const KubeClient::Deps deps{[executor](ClientOptions options) {
                                return create_beast_http_client(executor, std::move(options));
                              },
                              clock, log, &observer};
  Outcome<std::unique_ptr<KubeClient>> client = KubeClient::create(deps, std::move(*config));
  if (!client) return in_context("Kubernetes", client.error());
  return std::move(*client);
}

} // namespace syncer
