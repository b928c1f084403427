#include "kube/kube_config.h"

#include <charconv>

#include "kube/files.h"

namespace syncer {

Outcome<KubeConfig> in_cluster_config(const InCluster& env) {
  if (env.host.empty() || env.port.empty()) {
    return Error{ErrorKind::kRejected,
                 "not inside a cluster: KUBERNETES_SERVICE_HOST or _PORT is not set"};
  }
  KubeConfig config;
  config.connection.host = env.host;
  const char* const end = env.port.data() + env.port.size();
  const auto [stop, ec] = std::from_chars(env.port.data(), end, config.connection.port);
  if (ec != std::errc() || stop != end || config.connection.port == 0) {
    return Error{ErrorKind::kRejected, "KUBERNETES_SERVICE_PORT is not a port number"};
  }
  config.token_file = env.account_dir + "/token";
  auto token = read_text_file(config.token_file);
  if (!token) return std::move(token).error();
  config.token = Secret(trim(*token));
  if (config.token.empty()) {
    return Error{ErrorKind::kRejected, config.token_file + ": is empty"};
  }
  if (auto ca = read_text_file(env.account_dir + "/ca.crt")) {
    config.ca_file = env.account_dir + "/ca.crt";
    config.connection.tls_options.ca_pem = std::move(*ca);
  }
  if (const auto name_space = read_text_file(env.account_dir + "/namespace")) {
    config.name_space = trim(*name_space);
  }
  return config;
}

Outcome<ClientOptions> reload_tls(const KubeConfig& config) {
  ClientOptions options = config.connection;
  if (!config.ca_file.empty()) {
    auto ca = read_text_file(config.ca_file);
    if (!ca) return std::move(ca).error();
    // An empty file would silently mean the system's roots.
    if (trim(*ca).empty()) return Error{ErrorKind::kRejected, config.ca_file + ": is empty"};
    options.tls_options.ca_pem = std::move(*ca);
  }
  if (!config.client_cert_file.empty()) {
    auto cert = read_text_file(config.client_cert_file);
    if (!cert) return std::move(cert).error();
    options.tls_options.client_cert_pem = std::move(*cert);
  }
  if (!config.client_key_file.empty()) {
    auto key = read_text_file(config.client_key_file);
    if (!key) return std::move(key).error();
    options.tls_options.client_key_pem = Secret(std::move(*key));
  }
  return options;
}

} // namespace syncer
