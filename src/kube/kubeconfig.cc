#include <filesystem>
#include <set>

#include "kube/files.h"
#include "kube/kube_config.h"
#include "kube/kubeconfig_file.h"
#include "net/url.h"

namespace syncer {

namespace {

struct LoadedFile {
  std::string path;
  YAML::Node root;
};

// yaml-cpp throws on a syntax error; its message may quote the file, so only the place is told.
Outcome<LoadedFile> load(const std::string& path) {
  auto text = read_text_file(path);
  if (!text) return std::move(text).error();
  try {
    LoadedFile file{path, YAML::Load(*text)};
    if (file.root.IsMap()) return file;
    return Error{ErrorKind::kRejected, path + ": is not a kubeconfig file"};
  } catch (const YAML::Exception& error) {
    return Error{ErrorKind::kRejected,
                 path + ": line " + std::to_string(error.mark.line + 1) + " is not valid YAML"};
  }
}

Outcome<std::vector<LoadedFile>> load_all(const KubeconfigFiles& files) {
  std::vector<LoadedFile> loaded;
  if (!files.path.empty()) {
    auto file = load(files.path);
    if (!file) return std::move(file).error();
    loaded.push_back(std::move(*file));
    return loaded;
  }
  std::set<std::string> seen;
  for (std::size_t at = 0; at <= files.list.size();) {
    const std::size_t colon = std::min(files.list.find(':', at), files.list.size());
    const std::string path = files.list.substr(at, colon - at);
    at = colon + 1;
    std::error_code ec;
    if (path.empty() || !seen.insert(path).second || !std::filesystem::exists(path, ec)) continue;
    auto file = load(path);
    if (!file) return std::move(file).error();
    loaded.push_back(std::move(*file));
  }
  if (loaded.empty()) {
    return Error{ErrorKind::kRejected, "no kubeconfig file: none of those named exists"};
  }
  return loaded;
}

std::string scalar(const YAML::Node& map, const char* key) {
  if (!map.IsMap()) return {};
  const YAML::Node value = map[key];
  return value.IsDefined() && value.IsScalar() ? value.Scalar() : std::string();
}

// First definition of a name wins.
KubeconfigEntry find_entry(const std::vector<LoadedFile>& files, const char* list,
                           const char* member, const std::string& name) {
  KubeconfigEntry entry;
  entry.node = YAML::Node(YAML::NodeType::Undefined);
  for (const LoadedFile& file : files) {
    const YAML::Node entries = file.root[list];
    if (!entries.IsDefined() || !entries.IsSequence()) continue;
    for (const YAML::Node& candidate : entries) {
      if (scalar(candidate, "name") != name) continue;
      entry.node.reset(candidate[member].IsDefined() ? candidate[member]
                                                     : YAML::Node(YAML::NodeType::Map));
      entry.file = file.path;
      entry.where = file.path + ": " + list + "[" + name + "]." + member;
      return entry;
    }
  }
  return entry;
}

Outcome<> refuse_unsupported(const KubeconfigEntry& entry,
                             std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (entry.has(key)) return entry.unusable(key, "is not supported by vsphere-syncer");
  }
  return Done{};
}

Outcome<> read_cluster(const KubeconfigEntry& cluster, KubeConfig& config) {
  if (auto fine = refuse_unsupported(cluster, {"proxy-url"}); !fine) return fine;
  const auto server = cluster.text("server");
  if (!server) return server.error();
  if (server->empty()) return cluster.unusable("server", "is missing");
  auto url = parse_url(*server);
  if (!url) return cluster.unusable("server", "is not an http or https URL");
  config.connection.host = url->host;
  config.connection.port = url->port;
  config.connection.tls = url->tls;
  config.base_path = url->path;
  while (!config.base_path.empty() && config.base_path.back() == '/') config.base_path.pop_back();

  TlsOptions& tls = config.connection.tls_options;
  auto ca = cluster.content("certificate-authority", config.ca_file);
  if (!ca) return std::move(ca).error();
  tls.ca_pem = std::move(*ca);
  const auto insecure = cluster.flag("insecure-skip-tls-verify");
  if (!insecure) return insecure.error();
  tls.insecure = *insecure;
  if (tls.insecure && !tls.ca_pem.empty()) {
    return cluster.unusable("insecure-skip-tls-verify", "cannot be true beside a CA");
  }
  auto name = cluster.text("tls-server-name");
  if (!name) return std::move(name).error();
  tls.server_name = std::move(*name);
  return Done{};
}

Outcome<> read_user(const KubeconfigEntry& user, KubeConfig& config) {
  if (auto fine = refuse_unsupported(user, {"exec", "auth-provider", "username", "password", "as",
                                            "as-uid", "as-groups", "as-user-extra"});
      !fine) {
    return fine;
  }
  TlsOptions& tls = config.connection.tls_options;
  auto cert = user.content("client-certificate", config.client_cert_file);
  if (!cert) return std::move(cert).error();
  auto key = user.content("client-key", config.client_key_file);
  if (!key) return std::move(key).error();
  if (cert->empty() != key->empty()) {
    return user.unusable(cert->empty() ? "client-certificate" : "client-key", "is missing");
  }
  tls.client_cert_pem = std::move(*cert);
  tls.client_key_pem = Secret(std::move(*key));

  auto token = user.text("token");
  if (!token) return std::move(token).error();
  config.token = Secret(std::move(*token));
  auto token_file = user.path("tokenFile");
  if (!token_file) return std::move(token_file).error();
  config.token_file = std::move(*token_file);
  if (config.token_file.empty()) return Done{};
  if (const auto text = read_text_file(config.token_file)) {
    if (!trim(*text).empty()) config.token = Secret(trim(*text));
  } else if (config.token.empty()) {
    return user.unusable("tokenFile", "cannot be read: " + text.error().detail);
  }
  return Done{};
}

} // namespace

Outcome<KubeConfig> load_kubeconfig(const KubeconfigFiles& files) {
  const auto loaded = load_all(files);
  if (!loaded) return loaded.error();
  std::string current;
  for (const LoadedFile& file : *loaded) {
    if (current.empty()) current = scalar(file.root, "current-context");
  }
  const std::string& first = loaded->front().path;
  if (current.empty()) {
    return Error{ErrorKind::kRejected, first + ": current-context is missing"};
  }
  const KubeconfigEntry context = find_entry(*loaded, "contexts", "context", current);
  if (!context.found()) {
    return Error{ErrorKind::kRejected,
                 first + ": current-context names no entry of contexts: " + current};
  }
  const auto cluster_name = context.text("cluster");
  const auto user_name = context.text("user");
  auto name_space = context.text("namespace");
  if (!cluster_name) return cluster_name.error();
  if (!user_name) return user_name.error();
  if (!name_space) return std::move(name_space).error();
  const KubeconfigEntry cluster = find_entry(*loaded, "clusters", "cluster", *cluster_name);
  if (!cluster.found()) return context.unusable("cluster", "names no entry of clusters");

  KubeConfig config;
  config.name_space = std::move(*name_space);
  if (auto read = read_cluster(cluster, config); !read) return std::move(read).error();
  if (user_name->empty()) return config;
  const KubeconfigEntry user = find_entry(*loaded, "users", "user", *user_name);
  if (!user.found()) return context.unusable("user", "names no entry of users");
  if (auto read = read_user(user, config); !read) return std::move(read).error();
  return config;
}

} // namespace syncer
