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
constexpr const char* kCertFile = "server.pem";
constexpr const char* kKeyFile = "server.key";
constexpr const char* kTokenFile = "token";

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
  return "[Global]\ncluster-id = \"" + addresses.cluster_id + "\"\nca-file = \"" +
         (dir / kCaFile).string() + "\"\n\n[VirtualCenter \"127.0.0.1\"]\nport = \"" +
         std::to_string(addresses.vcenter_port) + "\"\nuser = \"" + addresses.vcenter_user +
         "\"\npassword = \"" + addresses.vcenter_password.reveal() + "\"\ndatacenters = \"DC0\"\n";
}

} // namespace

Outcome<SimCredentials> load_or_make_credentials(const fs::path& dir) {
  const auto ca = read(dir / kCaFile);
  const auto cert = read(dir / kCertFile);
  const auto key = read(dir / kKeyFile);
  const auto token = read(dir / kTokenFile);
  if (ca && cert && key && token) {
    return SimCredentials{*ca, *cert, Secret(*key), Secret(*token)};
  }
  const TestAuthority authority("syncer-sim authority");
  const TestIdentity server = authority.issue();
  const SimCredentials made{authority.ca_pem(), server.cert_pem, Secret(server.key_pem),
                            Secret(random_token())};
  for (const auto& [file, text] :
       {std::pair(kCaFile, made.ca_pem), std::pair(kCertFile, made.cert_pem),
        std::pair(kKeyFile, made.key_pem.reveal()), std::pair(kTokenFile, made.token.reveal())}) {
    const Outcome<> written = write(dir / file, text);
    if (!written) return written.error();
  }
  return made;
}

Outcome<> write_client_files(const fs::path& dir, const SimCredentials& credentials,
                             const SimAddresses& addresses) {
  const std::string host = "127.0.0.1:";
  const std::string kube_url = "https://" + host + std::to_string(addresses.kube_port);
  const std::string vcenter_url = "https://" + host + std::to_string(addresses.vcenter_port);
  const std::string ca = (dir / kCaFile).string();
  const nlohmann::json summary = {
      {"admin", "http://" + host + std::to_string(addresses.admin_port)},
      {"cluster", addresses.cluster_id},
      {"pid", ::getpid()},
      {"volumes", addresses.volumes},
      {"kube",
       {{"url", kube_url},
        {"port", addresses.kube_port},
        {"ca", ca},
        {"token", credentials.token.reveal()},
        {"config", (dir / "kubeconfig").string()}}},
      {"vcenter",
       {{"url", vcenter_url},
        {"port", addresses.vcenter_port},
        {"ca", ca},
        {"user", addresses.vcenter_user},
        {"password", addresses.vcenter_password.reveal()},
        {"config", (dir / "csi-vsphere.conf").string()}}}};
  for (const auto& [file, text] : {std::pair("kubeconfig", kubeconfig(dir, credentials, kube_url)),
                                   std::pair("csi-vsphere.conf", vsphere_config(dir, addresses)),
                                   std::pair("sim.json", summary.dump(2) + "\n")}) {
    const Outcome<> written = write(dir / file, text);
    if (!written) return written.error();
  }
  return Done{};
}

} // namespace syncer::sim
