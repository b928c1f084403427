#include "app/vcenter_setup.h"

#include <fstream>
#include <sstream>

namespace syncer {

namespace {

Outcome<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{ErrorKind::kRejected, path + ": cannot be read"};
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

Outcome<ClientOptions> connection_of(const VCenterConfig& vcenter) {
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

} // namespace

Outcome<std::unique_ptr<HttpClient>> make_vcenter_client(asio::any_io_executor executor,
                                                         const VCenterConfig& vcenter) {
  Outcome<ClientOptions> connection = connection_of(vcenter);
  if (!connection) return in_context("vCenter " + vcenter.host, connection.error());
  Outcome<std::unique_ptr<HttpClient>> http =
      create_beast_http_client(executor, std::move(*connection));
  if (!http) return in_context("vCenter " + vcenter.host, http.error());
  return http;
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
