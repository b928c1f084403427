#include "app/settings.h"

#include <CLI/CLI.hpp>
#include <charconv>

#include "config/go_flags.h"

namespace syncer {

namespace {

constexpr const char* kKeepOldImage =
    " Keep the container image you have for that; this version covers the VANILLA flavour with "
    "--operation-mode=METADATA_SYNC.\n";
constexpr int kDefaultFullSyncMinutes = 30;

// CLI11 names what was wrong; flags are shown as users write them.
CLI::Option* add_duration(CLI::App& app, const std::string& name, Clock::duration& target,
                          const std::string& help) {
  return app
      .add_option_function<std::string>(
          name,
          [&target, name](const std::string& text) {
            const Outcome<Clock::duration> value = parse_go_duration(text);
            if (!value) throw CLI::ValidationError(name, value.error().detail);
            if (*value <= Clock::duration::zero()) {
              throw CLI::ValidationError(name, "must be more than 0");
            }
            target = *value;
          },
          help)
      ->type_name("DURATION");
}

bool split_address(const std::string& text, Settings& settings) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  const char* const first = text.data() + colon + 1;
  const char* const last = text.data() + text.size();
  const auto [end, code] = std::from_chars(first, last, settings.metrics_port);
  settings.metrics_address = host;
  return code == std::errc() && end == last;
}

Clock::duration full_sync_interval(const Environment& environment, Settings& settings) {
  const std::optional<std::string> text = environment("FULL_SYNC_INTERVAL_MINUTES");
  if (!text) return std::chrono::minutes(kDefaultFullSyncMinutes);
  int minutes = 0;
  const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), minutes);
  if (code != std::errc() || end != text->data() + text->size() || minutes < 1) {
    settings.warnings.push_back("FULL_SYNC_INTERVAL_MINUTES is not a number from 1 up: using 30");
    return std::chrono::minutes(kDefaultFullSyncMinutes);
  }
  return std::chrono::minutes(minutes);
}

} // namespace

std::variant<Settings, Exit> read_settings(const std::vector<std::string>& arguments,
                                           const Environment& environment) {
  Settings settings;
  const auto from_environment = [&](const char* name, std::string& target) {
    if (const auto value = environment(name); value && !value->empty()) target = *value;
  };
  from_environment("KUBECONFIG", settings.kubeconfig_list);
  from_environment("KUBERNETES_SERVICE_HOST", settings.service_host);
  from_environment("KUBERNETES_SERVICE_PORT", settings.service_port);
  from_environment("VSPHERE_CSI_CONFIG", settings.vsphere_config);
  from_environment("CSI_NAMESPACE", settings.csi_namespace);
  settings.full_sync_interval = full_sync_interval(environment, settings);
  if (environment("LOGGER_LEVEL").value_or("") == "DEVELOPMENT") {
    settings.log_level = "debug";
    settings.log_json = false;
  }

  CLI::App app{
      "Keeps vCenter's Cloud Native Storage truthful about the PersistentVolumes, claims and pods "
      "of a "
      "Kubernetes cluster.",
      "vsphere-syncer"};
  app.footer(
      "Environment: VSPHERE_CSI_CONFIG (path of csi-vsphere.conf), KUBECONFIG, CLUSTER_FLAVOR,\n"
      "FULL_SYNC_INTERVAL_MINUTES (from 1 up), CSI_NAMESPACE, LOGGER_LEVEL (PRODUCTION or\n"
      "DEVELOPMENT).\n"
      "Example: vsphere-syncer --kubeconfig=$HOME/.kube/config "
      "--metrics-bind-address=127.0.0.1:2113");
  app.set_help_flag("-h,--help", "Print this help and exit");
  // As Go's flags: of one given twice the last counts.
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);

  std::string policy = "sync";
  std::string mode = "METADATA_SYNC";
  std::string metrics = ":2113";
  std::string log_format = settings.log_json ? "json" : "text";
  bool version = false;
  bool leader_election = false;
  // Accepted for the sake of existing manifests; without meaning here.
  std::string unused_text;
  bool unused_flag = false;

  app.add_option("--kubeconfig", settings.kubeconfig,
                 "Path of a kubeconfig; empty: KUBECONFIG, then the pod's service account");
  app.add_option("--metrics-bind-address", metrics, "Address of /metrics, /livez and /readyz")
      ->capture_default_str();
  app.add_option("--max-in-flight", settings.max_in_flight, "Updates under way at once at most")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--bulk-rate", settings.bulk_rate,
                 "Updates per second of first and full syncs; 0: not paced")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  add_duration(app, "--late-task-window", settings.late_task_window,
               "The longest a CNS operation may take (default 5m)");
  add_duration(app, "--settle-delay", settings.settle_delay,
               "Wait before reading what a lost call did (default 10s)");
  app.add_option("--full-sync-on-start", settings.full_sync_on_start,
                 "Compare everything with CNS at start, not only after the first interval")
      ->capture_default_str();
  app.add_option("--once", settings.once,
                 "One full sync, then end: exit code 0 when everything is in sync, else 1");
  app.add_option(
      "--dry-run", settings.dry_run,
      "Print what one full sync would change, send nothing to vCenter or the API server, "
      "and end: exit code 0 when nothing differs, else 1");
  app.add_option("--policy", policy,
                 "sync, or upsert-only: never take anything away without a replacement")
      ->check(CLI::IsMember({"sync", "upsert-only"}))
      ->capture_default_str();
  app.add_option("--log-level", settings.log_level, "trace, debug, info, warn or error")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}))
      ->capture_default_str();
  app.add_option("--log-format", log_format, "json or text")
      ->check(CLI::IsMember({"json", "text"}))
      ->capture_default_str();
  app.add_option("--version", version, "Print the version and exit");
  app.add_option("--operation-mode", mode, "METADATA_SYNC")->capture_default_str();
  app.add_option("--leader-election", leader_election, "Run under a Lease (not in this version)");
  const std::string ignored = "Accepted, without meaning here";
  for (const char* name : {"--leader-election-namespace", "--leader-election-lease-duration",
                           "--leader-election-renew-deadline", "--leader-election-retry-period",
                           "--supervisor-fss-name", "--supervisor-fss-namespace", "--fss-name",
                           "--fss-namespace", "--storagequota-sync-interval"}) {
    app.add_option(name, unused_text, ignored);
  }
  for (const char* name : {"--webhook-client-cert-verification", "--enable-profile-server"}) {
    app.add_option(name, unused_flag, ignored);
  }

  std::vector<std::string> rewritten = rewrite_go_flags(
      arguments, {"version", "full-sync-on-start", "once", "dry-run", "leader-election",
                  "webhook-client-cert-verification", "enable-profile-server"});
  std::reverse(rewritten.begin(), rewritten.end()); // CLI11 takes them from the back
  try {
    app.parse(rewritten);
  } catch (const CLI::CallForHelp&) {
    return Exit{0, app.help()};
  } catch (const CLI::ParseError& problem) {
    return Exit{2, std::string(problem.what()) + "\n\n" + app.help()};
  }
  if (version) return Exit{0, std::string("vsphere-syncer ") + SYNCER_VERSION + "\n"};
  if (mode != "METADATA_SYNC") {
    return Exit{2, "--operation-mode=" + mode + " is not part of this program." + kKeepOldImage};
  }
  const std::string flavor = environment("CLUSTER_FLAVOR").value_or("");
  if (!flavor.empty() && flavor != "VANILLA") {
    return Exit{2, "CLUSTER_FLAVOR=" + flavor + " is not part of this program." + kKeepOldImage};
  }
  if (leader_election) {
    return Exit{2,
                "--leader-election is not in this version: run one replica without it, or keep the "
                "container image you have.\n"};
  }
  if (!split_address(metrics, settings)) {
    return Exit{2, "--metrics-bind-address: \"" + metrics + "\" is not HOST:PORT\n\n" + app.help()};
  }
  settings.log_json = log_format == "json";
  settings.upsert_only = policy == "upsert-only";
  return settings;
}

} // namespace syncer
