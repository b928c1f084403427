#include "app/settings.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>

#include "config/go_flags.h"

namespace syncer {

namespace {

constexpr const char* kKeepOldImage =
    " Keep the container image you have for that; this version covers the VANILLA flavour with "
    "--operation-mode=METADATA_SYNC.\n";
constexpr int kDefaultFullSyncMinutes = 30;
constexpr int kDefaultBackingDiskMinutes = 10;
constexpr int kMostMinutes = 525600; // a year; durations count nanoseconds

// Of the container that we replace; accepted for the sake of existing manifests.
constexpr std::array<const char*, 2> kUnusedTexts{"supervisor-fss-name",
                                                  "supervisor-fss-namespace"};
constexpr std::array<const char*, 1> kUnusedDurations{"storagequota-sync-interval"};
constexpr std::array<const char*, 2> kUnusedBooleans{"webhook-client-cert-verification",
                                                     "enable-profile-server"};
constexpr std::array<const char*, 7> kUnusedVariables{"VOLUME_HEALTH_INTERVAL_MINUTES",
                                                      "WORKER_THREADS_TRIGGER_CSI_FULLSYNC",
                                                      "INCLUSTER_CLIENT_QPS",
                                                      "INCLUSTER_CLIENT_BURST",
                                                      "WEBHOOK_CONFIG_PATH",
                                                      "GOMEMLIMIT",
                                                      "GOVMOMI_LOCALE"};

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

CLI::Option* add_boolean(CLI::App& app, const std::string& name, bool& target,
                         const std::string& help) {
  return app
      .add_option_function<std::string>(
          name,
          [&target, name](const std::string& text) {
            const std::optional<bool> value = parse_go_boolean(text);
            if (!value) throw CLI::ValidationError(name, "must be true or false");
            target = *value;
          },
          help)
      ->type_name("BOOLEAN");
}

// `check` refuses values that the flag's type does not have.
void add_unused(CLI::App& app, const std::string& name, Settings& settings,
                const std::function<bool(const std::string&)>& check) {
  app.add_option_function<std::string>(
      "--" + name,
      [&settings, name, check](const std::string& text) {
        if (!check(text)) throw CLI::ValidationError("--" + name, "\"" + text + "\" is no value");
        settings.unused.push_back("--" + name);
      },
      "Accepted, without meaning here");
}

void add_unused_flags(CLI::App& app, Settings& settings) {
  for (const char* name : kUnusedTexts) {
    add_unused(app, name, settings, [](const std::string&) { return true; });
  }
  for (const char* name : kUnusedDurations) {
    add_unused(app, name, settings,
               [](const std::string& text) { return static_cast<bool>(parse_go_duration(text)); });
  }
  for (const char* name : kUnusedBooleans) {
    add_unused(app, name, settings,
               [](const std::string& text) { return parse_go_boolean(text).has_value(); });
  }
}

std::vector<std::string> boolean_flags() {
  std::vector<std::string> names{"version", "full-sync-on-start", "once", "dry-run",
                                 "leader-election"};
  names.insert(names.end(), kUnusedBooleans.begin(), kUnusedBooleans.end());
  return names;
}

void add_election_flags(CLI::App& app, ElectionSettings& election) {
  add_boolean(app, "--leader-election", election.on,
              "Several replicas: the one that holds the Lease vsphere-syncer works");
  app.add_option("--leader-election-namespace", election.ns,
                 "Of the Lease; empty: POD_NAMESPACE, then that of the pod's service account");
  app.add_option("--leader-election-identity", election.identity,
                 "This replica's name in the Lease; empty: the host name");
  add_duration(app, "--leader-election-lease-duration", election.lease_duration,
               "A leader that is not heard of is replaced after this (default 15s)");
  add_duration(app, "--leader-election-renew-deadline", election.renew_deadline,
               "A leader that cannot renew for this long gives up (default 10s)");
  add_duration(app, "--leader-election-retry-period", election.retry_period,
               "Between two tries to get or renew the Lease (default 5s)");
}

// What follows from the environment, or why it cannot be.
std::string complete_election(ElectionSettings& election, const Environment& environment) {
  constexpr const char* kNamespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
  election.ns = lease_namespace(election.ns, environment("POD_NAMESPACE"), kNamespaceFile);
  if (election.identity.empty()) election.identity = lease_identity(host_name());
  return election_problem(election);
}

bool split_address(const std::string& text, std::string& address, std::uint16_t& port) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  address = text.substr(0, colon);
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  }
  const char* const first = text.data() + colon + 1;
  const char* const last = text.data() + text.size();
  const auto [end, code] = std::from_chars(first, last, port);
  return code == std::errc() && end == last;
}

Clock::duration minutes_of(const Environment& environment, const char* name, int usual,
                           Settings& settings) {
  const std::optional<std::string> text = environment(name);
  if (!text) return std::chrono::minutes(usual);
  int minutes = 0;
  const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), minutes);
  if (code != std::errc() || end != text->data() + text->size() || minutes < 1) {
    settings.warnings.push_back(std::string(name) + " is not a number from 1 up: using " +
                                std::to_string(usual));
    return std::chrono::minutes(usual);
  }
  return std::chrono::minutes(std::min(minutes, kMostMinutes));
}

// Blank counts as not given.
void add_name(CLI::App& app, const char* flag, std::string& target, const std::string& help) {
  app.add_option_function<std::string>(
         flag,
         [&target](const std::string& text) {
           if (text.find_first_not_of(" \t\r\n") != std::string::npos) target = text;
         },
         help)
      ->default_str(target);
}

void read_log_level(const Environment& environment, Settings& settings) {
  const std::string level = environment("LOGGER_LEVEL").value_or("");
  if (level == "DEVELOPMENT") {
    settings.log_level = "debug";
    settings.log_json = false;
  } else if (!level.empty() && level != "PRODUCTION") {
    settings.warnings.emplace_back(
        "LOGGER_LEVEL is neither PRODUCTION nor DEVELOPMENT: using PRODUCTION");
  }
}

} // namespace

Settings settings_of(const Environment& environment) {
  Settings settings;
  const auto from_environment = [&](const char* name, std::string& target) {
    if (const auto value = environment(name); value && !value->empty()) target = *value;
  };
  from_environment("KUBECONFIG", settings.kubeconfig_list);
  from_environment("KUBERNETES_SERVICE_HOST", settings.service_host);
  from_environment("KUBERNETES_SERVICE_PORT", settings.service_port);
  from_environment("VSPHERE_CSI_CONFIG", settings.vsphere_config);
  from_environment("CSI_NAMESPACE", settings.csi_namespace);
  return settings;
}

std::variant<Settings, Exit> read_settings(const std::vector<std::string>& arguments,
                                           const Environment& environment) {
  Settings settings = settings_of(environment);
  settings.full_sync_interval =
      minutes_of(environment, "FULL_SYNC_INTERVAL_MINUTES", kDefaultFullSyncMinutes, settings);
  settings.backing_disk_interval =
      minutes_of(environment, "PV_TO_BACKINGDISKOBJECTID_INTERVAL_MINUTES",
                 kDefaultBackingDiskMinutes, settings);
  read_log_level(environment, settings);
  for (const char* name : kUnusedVariables) {
    if (environment(name)) settings.unused.emplace_back(name);
  }

  CLI::App app{
      "Keeps vCenter's Cloud Native Storage truthful about the PersistentVolumes, claims and pods "
      "of a "
      "Kubernetes cluster.",
      "vsphere-syncer"};
  app.footer(
      "Environment: VSPHERE_CSI_CONFIG (path of csi-vsphere.conf), KUBECONFIG, CLUSTER_FLAVOR,\n"
      "FULL_SYNC_INTERVAL_MINUTES and PV_TO_BACKINGDISKOBJECTID_INTERVAL_MINUTES (from 1 up),\n"
      "CSI_NAMESPACE, LOGGER_LEVEL (PRODUCTION or DEVELOPMENT), and VSPHERE_*, VCENTER_* over\n"
      "csi-vsphere.conf.\n"
      "Commands (each has --help):\n"
      "  status        how the running service is\n"
      "  explain NAME  why one volume is as it is\n"
      "  diff          what differs between CNS and the cluster\n"
      "  drift         where CNS and the cluster disagree in a way that no update mends\n"
      "  resync NAME   read one volume from CNS, write it if it differs\n"
      "  resync-all    the same for all volumes\n"
      "  confirm WHAT  settle what the service holds back\n"
      "  preflight     whether the service could work here\n"
      "  check-config  whether csi-vsphere.conf can be used\n"
      "  adopt         take over the volumes of an old cluster id\n"
      "Example: vsphere-syncer --kubeconfig=$HOME/.kube/config "
      "--metrics-bind-address=127.0.0.1:2113");
  app.set_help_flag("-h,--help", "Print this help and exit");
  // As Go's flags: of one given twice the last counts.
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);

  std::string policy = "sync";
  std::string mode = "METADATA_SYNC";
  std::string metrics = ":2113";
  std::string admin = "127.0.0.1:2114";
  std::string log_format = settings.log_json ? "json" : "text";
  bool version = false;

  app.add_option("--kubeconfig", settings.kubeconfig,
                 "Path of a kubeconfig; empty: KUBECONFIG, then the pod's service account");
  app.add_option("--metrics-bind-address", metrics, "Address of /metrics, /livez and /readyz")
      ->capture_default_str();
  app.add_option("--admin-bind-address", admin,
                 "Where the admin commands find the service; empty: nowhere")
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
  add_duration(app, "--unregister-grace", settings.unregister_grace,
               "From a Retain PV's deletion until its volume leaves CNS (default 5m)");
  add_duration(app, "--missing-min-age", settings.missing_min_age,
               "How long a volume has no PV before it is labelled pv_missing (default 30m)");
  add_duration(app, "--drift-min-age", settings.drift_min_age,
               "How long full syncs must have found drift before it is reported (default 5m)");
  add_duration(app, "--shutdown-budget", settings.shutdown_budget,
               "What calls in flight get at the end before they are given up (default 5s)");
  add_duration(app, "--credential-probe-interval", settings.credential_probe_interval,
               "How long a user name and password that vCenter refused rest, if no file changes "
               "(default 5m)");
  add_boolean(app, "--full-sync-on-start", settings.full_sync_on_start,
              "Compare everything with CNS at start, not only after the first interval (default "
              "true)");
  add_boolean(app, "--once", settings.once,
              "One full sync, then end: exit code 0 when everything is in sync, else 1");
  add_boolean(app, "--dry-run", settings.dry_run,
              "Print what one full sync would change, send nothing to vCenter or the API server, "
              "and end: exit code 0 when nothing differs, else 1");
  app.add_option("--policy", policy,
                 "sync, or upsert-only: never take anything away without a replacement")
      ->check(CLI::IsMember({"sync", "upsert-only"}))
      ->capture_default_str();
  add_name(app, "--fss-name", settings.fss_name, "The ConfigMap of feature states");
  add_name(app, "--fss-namespace", settings.fss_namespace, "Its namespace");
  app.add_option("--log-level", settings.log_level, "trace, debug, info, warn or error")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}))
      ->capture_default_str();
  app.add_option("--log-format", log_format, "json or text")
      ->check(CLI::IsMember({"json", "text"}))
      ->capture_default_str();
  add_boolean(app, "--version", version, "Print the version and exit");
  app.add_option("--operation-mode", mode, "METADATA_SYNC")->capture_default_str();
  add_election_flags(app, settings.election);
  add_unused_flags(app, settings);

  GoFlags given = rewrite_go_flags(arguments, boolean_flags());
  if (!arguments.empty() && !given.rest.empty() && given.flags.empty()) {
    return Exit{2, "unknown command: " + given.rest.front() + "\n\n" + app.help()};
  }
  if (!given.rest.empty()) {
    settings.warnings.push_back(
        "not read: everything from \"" + given.rest.front() +
        "\" on, because it is no flag (a boolean takes its value behind =)");
  }
  std::vector<std::string>& rewritten = given.flags;
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
  // It writes nothing, and may be run with the arguments of the replica beside it.
  if (settings.dry_run) settings.election.on = false;
  if (settings.election.on) {
    const std::string problem = complete_election(settings.election, environment);
    if (!problem.empty()) return Exit{2, problem + "\n\n" + app.help()};
    if (settings.once) return Exit{2, "--leader-election does not go with --once\n"};
  }
  const auto not_an_address = [&](const char* flag, const std::string& text) {
    return Exit{2, std::string(flag) + ": \"" + text + "\" is not HOST:PORT\n\n" + app.help()};
  };
  if (!split_address(metrics, settings.metrics_address, settings.metrics_port)) {
    return not_an_address("--metrics-bind-address", metrics);
  }
  if (admin.empty()) {
    settings.admin_address.clear();
  } else if (!split_address(admin, settings.admin_address, settings.admin_port) ||
             settings.admin_address.empty()) {
    return not_an_address("--admin-bind-address", admin);
  }
  settings.log_json = log_format == "json";
  settings.upsert_only = policy == "upsert-only";
  return settings;
}

} // namespace syncer
