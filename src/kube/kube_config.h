#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/outcome.h"
#include "core/secret.h"
#include "net/http.h"

namespace syncer {

// Where the API server is and who we are to it. The TLS material in `connection` is what the files
// held when this was read; `reload_tls` reads them again.
struct KubeConfig {
  ClientOptions connection;
  std::string base_path; // prefix of every request, without a slash at its end
  std::string name_space;
  Secret token;
  std::string token_file;
  // Empty when the material was given as data, which never changes.
  std::string ca_file;
  std::string client_cert_file;
  std::string client_key_file;
};

// What the pod's environment says (the caller reads it).
struct InCluster {
  std::string host; // KUBERNETES_SERVICE_HOST
  std::string port; // KUBERNETES_SERVICE_PORT
  std::string account_dir = "/var/run/secrets/kubernetes.io/serviceaccount";
};

// kRejected: not inside a cluster, or the token is missing. A missing ca.crt means system roots.
Outcome<KubeConfig> in_cluster_config(const InCluster& env);

// Which files to read: `path` alone when not empty, else `list` (the value of KUBECONFIG, colons
// between; of several definitions of one name the first counts, files that do not exist are passed
// over).
struct KubeconfigFiles {
  std::string path;
  std::string list;
};

// kRejected with file and key (never a value) for anything unusable, and for what this program
// does not do: exec and auth-provider plugins, basic auth, impersonation, proxies.
Outcome<KubeConfig> load_kubeconfig(const KubeconfigFiles& files);

// The connection with certificates and key read again from their files.
Outcome<ClientOptions> reload_tls(const KubeConfig& config);

} // namespace syncer
