#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/outcome.h"
#include "core/secret.h"
#include "sim/generator.h"

namespace syncer::sim {

struct SimIdentity {
  std::string cert_pem;
  Secret key_pem;
};

// What the servers prove themselves with and ask for. Kept in the folder, so that a simulator
// started again in the same one, with the same number of vCenters, is the same to its clients.
struct SimCredentials {
  std::string ca_pem;
  SimIdentity server;                // the API server and the first vCenter
  std::vector<SimIdentity> vcenters; // one each; the first is `server` again
  Secret token;                      // of the API server
};

Outcome<SimCredentials> load_or_make_credentials(const std::filesystem::path& dir,
                                                 const std::vector<std::string>& vcenter_hosts);

struct SimVcenterAddress {
  std::string host;
  std::uint16_t port = 0;
  std::string user;
  Secret password;
};

// Where everything is, once it is being served, and what it is.
struct SimAddresses {
  std::uint16_t kube_port = 0;
  std::uint16_t admin_port = 0;
  std::vector<SimVcenterAddress> vcenters;
  GeneratorOptions cluster;
  std::vector<PoisonCase> poison;
};

// Writes kubeconfig, csi-vsphere.conf and, last of all and in one step, sim.json.
Outcome<> write_client_files(const std::filesystem::path& dir, const SimCredentials& credentials,
                             const SimAddresses& addresses);

} // namespace syncer::sim
