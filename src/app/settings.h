// app: the process. Owns everything, and is the only room that knows every other.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/election_settings.h"
#include "config/vsphere_overlay.h"
#include "core/clock.h"

namespace syncer {

// How the program was started: flags first, then environment, then defaults.
struct Settings {
  std::string kubeconfig;      // --kubeconfig; empty: kubeconfig_list, then in-cluster
  std::string kubeconfig_list; // KUBECONFIG
  std::string service_host;    // KUBERNETES_SERVICE_HOST
  std::string service_port;    // KUBERNETES_SERVICE_PORT
  std::string vsphere_config = "/etc/cloud/csi-vsphere.conf"; // VSPHERE_CSI_CONFIG
  VSphereEnvironment vsphere_environment; // what lays over that file; by main, not by flags
  std::string metrics_address;            // empty: all addresses
  std::uint16_t metrics_port = 2113;
  std::string admin_address = "127.0.0.1"; // empty: no admin port
  std::uint16_t admin_port = 2114;
  std::size_t max_in_flight = 8;
  double bulk_rate = 20;
  Clock::duration late_task_window{std::chrono::seconds(300)};
  Clock::duration settle_delay{std::chrono::seconds(10)};
  Clock::duration full_sync_interval{std::chrono::minutes(30)};
  bool full_sync_on_start = true;
  bool once = false;        // one full sync, then the process ends
  bool dry_run = false;     // tells what differs and sends nothing; implies once
  bool upsert_only = false; // --policy=upsert-only
  Clock::duration unregister_grace{std::chrono::minutes(5)};
  Clock::duration missing_min_age{std::chrono::minutes(30)};
  Clock::duration drift_min_age{std::chrono::minutes(5)};
  Clock::duration config_poll{std::chrono::seconds(1)};
  Clock::duration shutdown_budget{std::chrono::seconds(5)};                // for calls in flight
  std::string csi_namespace = "vmware-system-csi";                         // CSI_NAMESPACE
  std::string fss_name = "internal-feature-states.csi.vsphere.vmware.com"; // --fss-name
  std::string fss_namespace = "vmware-system-csi"; // --fss-namespace, whatever CSI_NAMESPACE is
  Clock::duration backing_disk_interval{std::chrono::minutes(10)};
  Clock::duration credential_probe_interval{std::chrono::minutes(5)};
  ElectionSettings election;
  std::string log_level = "info";
  bool log_json = true;
  std::vector<std::string> warnings; // about values that were not usable
  std::vector<std::string> unused;   // flags and variables given that have no meaning here
};

// The program is over: `text` for stdout (exit 0) or stderr.
struct Exit {
  int code = 0;
  std::string text;
};

using Environment = std::function<std::optional<std::string>(const char*)>;

// Where the API server and csi-vsphere.conf are, as every command finds them.
Settings settings_of(const Environment& environment);

// Unknown flags, bad values of flags, and modes that this version does not have end with exit code
// 2; a bad value of a variable means its default and a warning.
std::variant<Settings, Exit> read_settings(const std::vector<std::string>& arguments,
                                           const Environment& environment);

} // namespace syncer
