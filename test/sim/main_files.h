#pragma once

#include <filesystem>
#include <string>

#include "core/outcome.h"
#include "core/secret.h"

namespace syncer::sim {

// What the servers prove themselves with and ask for. Kept in the folder, so that a simulator
// started again in the same one is the same to its clients.
struct SimCredentials {
  std::string ca_pem;
  std::string cert_pem;
  Secret key_pem;
  Secret token; // of the API server
};

Outcome<SimCredentials> load_or_make_credentials(const std::filesystem::path& dir);

// Where everything is, once it is being served.
struct SimAddresses {
  std::uint16_t kube_port = 0;
  std::uint16_t vcenter_port = 0;
  std::uint16_t admin_port = 0;
  std::string cluster_id;
  std::string vcenter_user;
  Secret vcenter_password;
  std::size_t volumes = 0;
};

// Writes kubeconfig, csi-vsphere.conf and, last of all and in one step, sim.json.
Outcome<> write_client_files(const std::filesystem::path& dir, const SimCredentials& credentials,
                             const SimAddresses& addresses);

} // namespace syncer::sim
