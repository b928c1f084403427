#include "app/preflight_command.h"

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <random>

#include "app/credential_book.h"
#include "app/kube_setup.h"
#include "app/logging.h"
#include "app/preflight_kube.h"
#include "app/task_group.h"
#include "app/vcenter_setup.h"
#include "cli/command_line.h"
#include "config/cluster_identity.h"
#include "config/config_files.h"
#include "core/asio_clock.h"
#include "kube/cluster_facts.h"
#include "kube/lease.h"
#include "net/url.h"

namespace syncer {

namespace {

using Result = PreflightLine::Result;

constexpr const char* kLeaseName = "vsphere-syncer";
constexpr std::chrono::seconds kLeaseBudget{10};
constexpr std::chrono::seconds kPrivilegeBudget{30};
constexpr std::chrono::milliseconds kPoll{50};
constexpr const char* kServiceAccountNamespace =
    "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

struct Privileges {
  bool told = false;
  std::vector<MissingPrivilege> missing;
};

class Preflight {
 public:
  Preflight(asio::io_context& io, Settings settings, spdlog::logger& log,
            std::function<void(const PreflightLine&)> told)
      : io_(io),
        settings_(std::move(settings)),
        log_(log),
        told_(std::move(told)),
        clock_(io.get_executor()),
        chance_(std::random_device()()),
        followers_(io.get_executor()) {
    random_ = [this] { return std::uniform_real_distribution<double>()(chance_); };
  }

  asio::awaitable<std::vector<PreflightLine>> run() {
    const bool configured = check_configuration();
    const bool reached = co_await check_api_server();
    if (reached) {
      RightsInput input{settings_.election.on, config_.vcenters.size() > 1, settings_.election.ns,
                        settings_.csi_namespace, settings_.fss_namespace};
      const std::vector<PreflightLine> rights =
          co_await check_rights(*kube_, clock_, std::move(input));
      add(rights);
      const bool several = config_.vcenters.size() > 1;
      const std::vector<PreflightLine> definitions =
          co_await check_definitions(*kube_, clock_, several);
      add(definitions);
      co_await read_refusals();
    }
    if (configured) {
      for (const VCenterConfig& vcenter : config_.vcenters) {
        co_await check_vcenter(vcenter);
      }
    }
    co_return lines_;
  }

 private:
  void add(PreflightLine line) {
    told_(line);
    lines_.push_back(std::move(line));
  }
  void add(const std::vector<PreflightLine>& lines) {
    for (const PreflightLine& line : lines) add(line);
  }

  bool check_configuration() {
    const std::string& path = settings_.vsphere_config;
    ConfigReading reading = read_config(path, settings_.vsphere_environment);
    Outcome<> usable = Done{};
    if (reading.config) {
      usable = check_connections(io_.get_executor(), *reading.config);
    } else {
      usable = reading.config.error();
    }
    if (!usable) {
      add({Result::kFail, "configuration", usable.error().detail,
           "vsphere-syncer check-config " + path});
      return false;
    }
    config_ = std::move(*reading.config);
    for (const std::string& warning : config_.warnings) {
      add({Result::kWarn, "configuration", warning, ""});
    }
    const std::size_t count = config_.vcenters.size();
    add({Result::kPass, "configuration",
         path + ", " + std::to_string(count) + (count == 1 ? " vCenter" : " vCenters"), ""});
    return true;
  }

  asio::awaitable<bool> check_api_server() {
    auto kube = make_kube_client(io_.get_executor(), settings_, clock_, observer_, log_);
    if (!kube) {
      add({Result::kFail, "API server", kube.error().detail,
           "--kubeconfig, KUBECONFIG, or a pod with a service account"});
      co_return false;
    }
    kube_ = std::move(*kube);
    ClusterFactsReader reader({*kube_, clock_, log_, random_}, settings_.csi_namespace);
    const Outcome<ClusterFacts> facts = co_await reader.read();
    if (!facts) {
      add({Result::kFail, "API server", facts.error().detail,
           "check its address, the network to it, its certificate and the token"});
      co_return false;
    }
    add({Result::kPass, "API server",
         facts->git_version.empty() ? "answers" : "answers, " + facts->git_version, ""});
    check_identity(*facts);
    co_return true;
  }

  void check_identity(const ClusterFacts& facts) {
    Outcome<ClusterIdentity> identity =
        cluster_identity({config_.cluster_id, config_.cluster_distribution},
                         {facts.map_name, facts.map_id, facts.git_version});
    if (!identity) {
      add({Result::kFail, "cluster id", identity.error().detail,
           "cluster-id of csi-vsphere.conf, or the ConfigMap that the CSI controller makes"});
      return;
    }
    identity_ = std::move(*identity);
    add({Result::kPass, "cluster id",
         identity_.cluster_id + " from " + to_string(identity_.source) + ", distribution " +
             identity_.distribution,
         ""});
  }

  // What the service was refused lately is not tried by us either.
  asio::awaitable<void> read_refusals() {
    std::string path = "/apis/coordination.k8s.io/v1/namespaces/" +
                       percent_encode(settings_.election.ns) + "/leases/" + kLeaseName;
    std::string accept = KubeClient::kAcceptJson;
    const Clock::time_point deadline = clock_.now() + kLeaseBudget;
    const auto answer = co_await kube_->get(std::move(path), std::move(accept), deadline);
    if (!answer) co_return; // there is none yet, or we may not: the rights tell
    const Outcome<Lease> lease = parse_lease(answer.value->body);
    if (lease) credentials_.restore(lease_annotation(*lease, kRefusalsAnnotation));
  }

  asio::awaitable<void> check_privileges(std::string name, std::shared_ptr<Privileges> found) {
    const Clock::time_point deadline = clock_.now() + kPrivilegeBudget;
    while (!found->told && clock_.now() < deadline) {
      co_await clock_.sleep_until(clock_.now() + kPoll);
    }
    if (!found->told) {
      add({Result::kWarn, name, "does not tell what its user may do", ""});
    } else if (found->missing.empty()) {
      add({Result::kPass, name, "its user has all privileges that are needed", ""});
    } else {
      add({Result::kFail, name, "its user lacks " + describe(found->missing),
           "grant it as deploy/vcenter-role.sh does"});
    }
  }

  asio::awaitable<void> check_vcenter(VCenterConfig vcenter) {
    const std::string name = "vCenter " + vcenter.host;
    auto http = make_vcenter_client(io_.get_executor(), vcenter);
    if (!http) {
      add({Result::kFail, name, http.error().detail, "vsphere-syncer check-config"});
      co_return;
    }
    // Parked coroutines may refer to them until the process ends.
    auto& client = *clients_.emplace_back(std::move(*http));
    const auto latch = credentials_.latch(vcenter.host, {vcenter.user, vcenter.password});
    if (!latch->may_try()) {
      add({Result::kFail, name, "not tried, so that no account is locked: " + latch->error().detail,
           "user and password in csi-vsphere.conf"});
      co_return;
    }
    // Shared with the check of privileges, which may tell after we gave up.
    const auto privileges = std::make_shared<Privileges>();
    SoapCnsApi::Deps deps{
        io_.get_executor(), client, clock_, observer_, leader_, log_, random_, latch};
    deps.privileges_told = [privileges](const std::vector<MissingPrivilege>& missing) {
      *privileges = {true, missing};
    };
    auto& cns = *cns_.emplace_back(
        std::make_unique<SoapCnsApi>(std::move(deps), cns_options(vcenter, identity_, settings_)));
    const Outcome<SoapCnsApi::ServerFacts> facts = co_await cns.server_facts();
    if (!facts) {
      const bool refused = facts.error().kind == ErrorKind::kUnauthenticated;
      add({Result::kFail, name, facts.error().detail,
           refused ? "user and password in csi-vsphere.conf; it was tried once, and is not again"
                   : "host, port, ca-file or thumbprint in csi-vsphere.conf, and the network"});
      co_return;
    }
    add({Result::kPass, name,
         "version " + facts->version + ", API " + facts->api_version + ", logged in once as " +
             facts->user,
         ""});
    if (!facts->writable) {
      add({Result::kFail, name, "it is older than 7.0 and would only be read",
           "vSphere 7.0 or newer"});
    }
    followers_.spawn(cns.run());
    const Outcome<std::vector<VolumeId>> ids = co_await cns.query_ids();
    if (ids) {
      add({Result::kPass, name,
           "CNS answers: " + std::to_string(ids->size()) + " volumes with our cluster id", ""});
    } else {
      add({Result::kFail, name, "CNS: " + ids.error().detail,
           "the privilege Cns.Searchable on the root folder, and the vSAN health service"});
    }
    co_await check_privileges(name, privileges);
    co_await cns.logout();
  }

  asio::io_context& io_;
  Settings settings_;
  spdlog::logger& log_;
  std::function<void(const PreflightLine&)> told_;
  AsioClock clock_;
  std::mt19937_64 chance_;
  Random random_;
  Observer observer_;
  NeverLeader leader_;
  VSphereConfig config_;
  ClusterIdentity identity_;
  Conditions conditions_{clock_};
  CredentialBook credentials_{CredentialBook::Deps{io_.get_executor(), clock_, conditions_, log_,
                                                   [this] { return random_(); }},
                              CredentialLatch::kProbeInterval};
  TaskGroup followers_;
  std::vector<PreflightLine> lines_;
  std::unique_ptr<KubeClient> kube_;
  std::vector<std::unique_ptr<HttpClient>> clients_;
  std::vector<std::unique_ptr<SoapCnsApi>> cns_;
};

} // namespace

int run_preflight(const std::vector<std::string>& arguments, const Environment& environment,
                  const Terminal& terminal) {
  Settings settings = settings_of(environment);
  settings.vsphere_environment = vsphere_environment(environ);
  settings.election.on = true; // as in the manifest
  settings.election.ns =
      lease_namespace("", environment("POD_NAMESPACE"), kServiceAccountNamespace);
  std::string output = "text";
  CLI::App app{
      "Tells whether the service could work here: configuration, API server, rights, definitions, "
      "cluster id, and each vCenter. Uses the files and the environment of the service, writes "
      "nothing, and logs in at each vCenter once.",
      "vsphere-syncer preflight"};
  app.add_option("--kubeconfig", settings.kubeconfig,
                 "Path of a kubeconfig; empty: KUBECONFIG, then the pod's service account");
  add_output_flag(app, output);
  app.footer(
      "Exit code 0: nothing failed; 1: something did; 2: wrong arguments.\n"
      "Example: VSPHERE_CSI_CONFIG=./csi-vsphere.conf vsphere-syncer preflight "
      "--kubeconfig=$HOME/.kube/config");
  if (const auto over = parse_arguments(app, arguments, terminal)) return *over;
  const bool text = output == "text";
  // What is wrong is said in the lines.
  const auto log = make_logger(false, "off");
  asio::io_context io(1);
  Preflight preflight(io, std::move(settings), *log, [&](const PreflightLine& line) {
    if (text) terminal.out << preflight_text(line, terminal) << std::flush;
  });
  int code = kFailed;
  asio::co_spawn(
      io, preflight.run(),
      [&](const std::exception_ptr& failure, std::vector<PreflightLine> lines) {
        io.stop();
        if (failure) std::rethrow_exception(failure);
        code = preflight_code(lines);
        terminal.out << (text ? preflight_summary(lines, terminal) : preflight_json(lines));
      });
  io.run();
  terminal.out.flush();
  // As in the daemon: parked coroutines refer to what would be taken apart here.
  std::quick_exit(code);
}

} // namespace syncer
