#include "cli/check_config.h"

#include <CLI/CLI.hpp>
#include <ostream>

#include "config/config_files.h"

namespace syncer {

namespace {

constexpr int kRefused = 1;
constexpr int kUsage = 2;

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text.append(text.empty() ? "" : ", ").append(item);
  return text;
}

std::string certificates(const VCenterConfig& vcenter) {
  if (vcenter.insecure) return "NOT verified (insecure-flag)";
  if (!vcenter.ca_file.empty()) return "verified by ca-file " + vcenter.ca_file;
  if (vcenter.thumbprints.empty()) return "verified by the system's authorities";
  return "pinned by thumbprint (" + std::to_string(vcenter.thumbprints.size()) + ")";
}

void print(std::ostream& out, const VSphereConfig& config) {
  const auto or_else = [](const std::string& text, const char* other) {
    return text.empty() ? other : text;
  };
  out << "cluster id:     " << or_else(config.cluster_id, "from ConfigMap vsphere-csi-cluster-id")
      << '\n'
      << "distribution:   " << or_else(config.cluster_distribution, "detected in the cluster")
      << '\n';
  if (!config.topology_categories.empty()) {
    out << "topology:       " << joined(config.topology_categories) << '\n';
  }
  for (const VCenterConfig& vcenter : config.vcenters) {
    out << "vCenter " << vcenter.host << '\n'
        << "  port:         " << vcenter.port << '\n'
        << "  user:         " << vcenter.user << '\n'
        << "  password:     set\n"
        << "  certificates: " << certificates(vcenter) << '\n'
        << "  datacenters:  " << or_else(joined(vcenter.datacenters), "all") << '\n';
  }
}

} // namespace

int check_config(const std::vector<std::string>& arguments, const CheckConfig& check,
                 std::ostream& out, std::ostream& err) {
  std::string path = check.usual_path;
  CLI::App app{
      "Reads csi-vsphere.conf as the service would, with the files beside it and the environment, "
      "and tells what it understood. Contacts nobody and shows no password.",
      "vsphere-syncer check-config"};
  app.add_option("FILE", path, "Path of the file; VSPHERE_CSI_CONFIG when not given")
      ->capture_default_str();
  app.footer(
      "Exit code 0: the service would take it; 1: it would not; 2: wrong arguments.\n"
      "Example: vsphere-syncer check-config ./csi-vsphere.conf");
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    out << app.help();
    return 0;
  } catch (const CLI::ParseError& problem) {
    err << problem.what() << "\n\n" << app.help();
    return kUsage;
  }
  const ConfigReading reading = read_config(path, check.environment);
  if (!reading.config) {
    err << reading.config.error().detail << '\n';
    return kRefused;
  }
  if (const Outcome<> usable = check.usable(*reading.config); !usable) {
    err << path << ": " << usable.error().detail << '\n';
    return kRefused;
  }
  for (const std::string& warning : reading.config->warnings) err << "warning: " << warning << '\n';
  print(out, *reading.config);
  return 0;
}

} // namespace syncer
