#include "main_files.h"

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>

#include "fakes/test_certificate.h"

namespace syncer::sim {

namespace fs = std::filesystem;

namespace {

constexpr const char* kCaFile = "ca.pem";
constexpr const char* kTokenFile = "token";

// Of the API server and the first vCenter "server", of the others "server-2" and so on.
std::string identity_file(std::size_t vcenter, const char* ending) {
  return "server" + (vcenter == 0 ? std::string() : "-" + std::to_string(vcenter + 1)) + ending;
}
std::string cert_file(std::size_t vcenter) { return identity_file(vcenter, ".pem"); }
std::string key_file(std::size_t vcenter) { return identity_file(vcenter, ".key"); }

std::optional<std::string> read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

// By renaming, so that nobody reads half a file.
Outcome<> write(const fs::path& path, const std::string& text) {
  const fs::path draft = path.string() + ".new";
  std::ofstream out(draft, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  std::error_code error;
  if (out) fs::permissions(draft, fs::perms::owner_read | fs::perms::owner_write, error);
  if (out && !error) fs::rename(draft, path, error);
  if (!out || error) return Error{ErrorKind::kRejected, "cannot write " + path.string()};
  return Done{};
}

std::string random_token() {
  std::random_device device;
  std::string token = "sim-";
  for (int i = 0; i < 32; ++i) token.push_back("0123456789abcdef"[device() % 16]);
  return token;
}

std::optional<SimCredentials> load_credentials(const fs::path& dir, std::size_t vcenters) {
  const auto ca = read(dir / kCaFile);
  const auto token = read(dir / kTokenFile);
  if (!ca || !token) return std::nullopt;
  SimCredentials kept;
  kept.ca_pem = *ca;
  kept.token = Secret(*token);
  for (std::size_t i = 0; i < vcenters; ++i) {
    const auto cert = read(dir / cert_file(i));
    const auto key = read(dir / key_file(i));
    if (!cert || !key) return std::nullopt;
    kept.vcenters.push_back({*cert, Secret(*key)});
  }
  kept.server = kept.vcenters.front();
  return kept;
}

std::string kubeconfig(const fs::path& dir, const SimCredentials& credentials,
                       const std::string& server) {
  return "apiVersion: v1\nkind: Config\ncurrent-context: sim\n"
         "clusters:\n- name: sim\n  cluster:\n    server: " +
         server + "\n    certificate-authority: " + (dir / kCaFile).string() +
         "\ncontexts:\n- name: sim\n  context:\n    cluster: sim\n    user: sim\n"
         "    namespace: vmware-system-csi\n"
         "users:\n- name: sim\n  user:\n    token: " +
         credentials.token.reveal() + "\n";
}

std::string vsphere_config(const fs::path& dir, const SimAddresses& addresses) {
  std::string text = "[Global]\n";
  if (!addresses.cluster.cluster_id_in_configmap) {
    text += "cluster-id = \"" + addresses.cluster.cluster_id + "\"\n";
  }
  text += "ca-file = \"" + (dir / kCaFile).string() + "\"\n";
  for (const SimVcenterAddress& vcenter : addresses.vcenters) {
    text += "\n[VirtualCenter \"" + vcenter.host + "\"]\nport = \"" + std::to_string(vcenter.port) +
            "\"\nuser = \"" + vcenter.user + "\"\npassword = \"" + vcenter.password.reveal() +
            "\"\ndatacenters = \"DC0\"\n";
  }
  if (addresses.vcenters.size() > 1) {
    text += "\n[Labels]\ntopology-categories = \"k8s-region,k8s-zone\"\n";
  }
  return text;
}

std::string url_of(const SimVcenterAddress& vcenter) {
  return "https://" + vcenter.host + ":" + std::to_string(vcenter.port);
}

nlohmann::json describe(const SimVcenterAddress& vcenter) {
  return {{"host", vcenter.host},
          {"url", url_of(vcenter)},
          {"port", vcenter.port},
          {"user", vcenter.user},
          {"password", vcenter.password.reveal()}};
}

nlohmann::json describe(const GeneratorOptions& cluster) {
  return {{"dynamic", cluster.volumes},    {"static", cluster.static_volumes},
          {"files", cluster.file_volumes}, {"in_tree", cluster.in_tree},
          {"inline", cluster.inline_pods}, {"ephemeral", cluster.ephemeral},
          {"foreign", cluster.foreign},    {"poison", cluster.poison}};
}

nlohmann::json summary_of(const fs::path& dir, const SimCredentials& credentials,
                          const SimAddresses& addresses) {
  const std::string host = "127.0.0.1:";
  const std::string ca = (dir / kCaFile).string();
  nlohmann::json vcenters = nlohmann::json::array();
  for (const SimVcenterAddress& vcenter : addresses.vcenters) {
    vcenters.push_back(describe(vcenter));
    vcenters.back()["admin"] = "/sim/vcenters/" + std::to_string(vcenters.size()) + "/";
  }
  nlohmann::json poison = nlohmann::json::array();
  for (const PoisonCase& made : addresses.poison) {
    poison.push_back({{"what", made.what}, {"object", made.object}});
  }
  nlohmann::json vcenter = describe(addresses.vcenters.front());
  vcenter["ca"] = ca;
  vcenter["config"] = (dir / "csi-vsphere.conf").string();
  return {{"admin", "http://" + host + std::to_string(addresses.admin_port)},
          {"cluster", addresses.cluster.cluster_id},
          {"pid", ::getpid()},
          {"volumes", addresses.cluster.volumes},
          {"kinds", describe(addresses.cluster)},
          {"poison", poison},
          {"kube",
           {{"url", "https://" + host + std::to_string(addresses.kube_port)},
            {"port", addresses.kube_port},
            {"ca", ca},
            {"token", credentials.token.reveal()},
            {"config", (dir / "kubeconfig").string()}}},
          {"vcenter", vcenter},
          {"vcenters", vcenters}};
}

} // namespace

Outcome<SimCredentials> load_or_make_credentials(const fs::path& dir,
                                                 const std::vector<std::string>& vcenter_hosts) {
  const std::optional<SimCredentials> kept = load_credentials(dir, vcenter_hosts.size());
  if (kept) return *kept;
  const TestAuthority authority("syncer-sim authority");
  SimCredentials made;
  made.ca_pem = authority.ca_pem();
  made.token = Secret(random_token());
  std::vector<std::pair<std::string, std::string>> files = {{kCaFile, made.ca_pem},
                                                            {kTokenFile, made.token.reveal()}};
  for (std::size_t i = 0; i < vcenter_hosts.size(); ++i) {
    TestSubject subject;
    if (i != 0) subject.ip_addresses = {vcenter_hosts[i]};
    const TestIdentity issued = authority.issue(subject);
    made.vcenters.push_back({issued.cert_pem, Secret(issued.key_pem)});
    files.emplace_back(cert_file(i), issued.cert_pem);
    files.emplace_back(key_file(i), issued.key_pem);
  }
  made.server = made.vcenters.front();
  for (const auto& [file, text] : files) {
    const Outcome<> written = write(dir / file, text);
    if (!written) return written.error();
  }
  return made;
}

Outcome<> write_client_files(const fs::path& dir, const SimCredentials& credentials,
                             const SimAddresses& addresses) {
  const std::string kube_url = "https://127.0.0.1:" + std::to_string(addresses.kube_port);
  const std::string summary = summary_of(dir, credentials, addresses).dump(2) + "\n";
  for (const auto& [file, text] : {std::pair("kubeconfig", kubeconfig(dir, credentials, kube_url)),
                                   std::pair("csi-vsphere.conf", vsphere_config(dir, addresses)),
                                   std::pair("sim.json", summary)}) {
    const Outcome<> written = write(dir / file, text);
    if (!written) return written.error();
  }
  return Done{};
}

} // namespace syncer::sim
