#include "app/vcenter_setup.h"

namespace syncer {

namespace {

ClientOptions connection_of(const VCenterConfig& vcenter) {
  ClientOptions options;
  options.host = vcenter.host;
  options.port = vcenter.port;
  options.tls_options.insecure = vcenter.insecure;
  if (vcenter.insecure) return options;
  if (!vcenter.ca_file.empty()) {
    options.tls_options.ca_pem = vcenter.ca_pem;
  } else {
    options.tls_options.thumbprints = vcenter.thumbprints;
  }
  return options;
}

} // namespace

Outcome<std::unique_ptr<HttpClient>> make_vcenter_client(asio::any_io_executor executor,
                                                         const VCenterConfig& vcenter) {
  Outcome<std::unique_ptr<HttpClient>> http =
      create_beast_http_client(executor, connection_of(vcenter));
  if (!http) return in_context("vCenter " + vcenter.host, http.error());
  return http;
}

Outcome<> check_connections(const asio::any_io_executor& executor, const VSphereConfig& config) {
  for (const VCenterConfig& vcenter : config.vcenters) {
    const auto client = make_vcenter_client(executor, vcenter);
    if (!client) return in_context("ca-file or thumbprint", client.error());
  }
  return Done{};
}

CnsOptions cns_options(const VCenterConfig& vcenter, const ClusterIdentity& identity,
                       const Settings& settings) {
  CnsOptions options;
  options.vcenter = vcenter.host;
  options.user = vcenter.user;
  options.password = vcenter.password;
  options.cluster_id = identity.cluster_id;
  options.cluster_distribution = identity.distribution;
  options.user_agent =
      std::string("vsphere-syncer/") + SYNCER_VERSION + " (" + identity.cluster_id + ")";
  options.late_task_window = settings.late_task_window;
  return options;
}

} // namespace syncer
