#include "app/adopt_command.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <iostream>
#include <random>

#include "app/kube_setup.h"
#include "app/logging.h"
#include "app/task_group.h"
#include "app/vcenter_setup.h"
#include "config/config_files.h"
#include "config/go_flags.h"
#include "core/asio_clock.h"
#include "informers/informers.h"
#include "kube/cluster_facts.h"
#include "reconcile/adopt.h"

namespace syncer {

namespace {

constexpr int kFault = 1;
constexpr int kUsage = 2;
constexpr std::chrono::seconds kViewBudget{120};
constexpr std::chrono::milliseconds kViewPoll{100};

struct AdoptSettings {
  Settings common;
  std::string old_id;
  bool yes = false;
  Clock::duration wait{std::chrono::minutes(10)};
};

std::string text_of(const EntityRef& ref) {
  const std::string place = ref.ns.empty() ? "" : ref.ns.str() + "/";
  return std::string(to_string(ref.kind)) + " " + place + ref.name.str();
}

void print(const std::string& host, const AdoptReport& report) {
  for (const AdoptRow& row : report.rows) {
    std::string line = host + " " + row.id.str() + " pv=" + (row.pv.empty() ? "-" : row.pv) + " " +
                       to_string(row.state);
    for (const EntityRef& ref : row.add) line += " +" + text_of(ref);
    for (const EntityRef& ref : row.remove) line += " -" + text_of(ref);
    if (!row.detail.empty()) line += ": " + row.detail;
    std::puts(line.c_str());
  }
  if (!report.refused.empty())
    std::printf("%s refused: %s\n", host.c_str(), report.refused.c_str());
  const auto count = [&](AdoptRow::State state) {
    return std::count_if(report.rows.begin(), report.rows.end(),
                         [state](const AdoptRow& row) { return row.state == state; });
  };
  if (const auto planned = count(AdoptRow::State::kPlanned); planned > 0) {
    std::printf("%s: %td to do, nothing was changed: --yes does it\n", host.c_str(), planned);
  } else {
    std::printf("%s: %td done, %td failed\n", host.c_str(), count(AdoptRow::State::kDone),
                count(AdoptRow::State::kFailed));
  }
}

bool failed(const AdoptReport& report) {
  if (!report.refused.empty()) return true;
  return std::any_of(report.rows.begin(), report.rows.end(),
                     [](const AdoptRow& row) { return row.state == AdoptRow::State::kFailed; });
}

// Everything one run needs, for as long as it takes.
class AdoptRun {
 public:
  AdoptRun(asio::io_context& io, AdoptSettings settings, spdlog::logger& log)
      : io_(io),
        settings_(std::move(settings)),
        log_(log),
        clock_(io.get_executor()),
        chance_(std::random_device()()),
        followers_(io.get_executor()) {
    random_ = [this] { return std::uniform_real_distribution<double>()(chance_); };
  }

  asio::awaitable<int> run() {
    const Outcome<> prepared = prepare();
    if (!prepared) {
      log_.error("{}", prepared.error().detail);
      co_return kUsage;
    }
    followers_.spawn(informers_->run());
    if (!co_await wait_for_view()) co_return kFault;
    const ClusterIdentity identity = co_await find_identity();
    int worst = 0;
    for (const VCenterConfig& vcenter : config_.vcenters) {
      const int code = co_await adopt(vcenter, identity);
      worst = std::max(worst, code);
    }
    co_return worst;
  }

 private:
  Outcome<> prepare() {
    const Settings& common = settings_.common;
    ConfigReading reading = read_config(common.vsphere_config, common.vsphere_environment);
    if (!reading.config) return reading.config.error();
    config_ = std::move(*reading.config);
    auto kube = make_kube_client(io_.get_executor(), settings_.common, clock_, observer_, log_);
    if (!kube) return kube.error();
    kube_ = std::move(*kube);
    informers_ = std::make_unique<Informers>(
        Informers::Deps{io_.get_executor(), *kube_, clock_, observer_, log_, random_},
        ViewCallbacks());
    return Done{};
  }

  asio::awaitable<bool> wait_for_view() {
    const Clock::time_point deadline = clock_.now() + kViewBudget;
    while (!informers_->view().complete()) {
      if (clock_.now() > deadline) {
        log_.error("the API server gave no complete view of the cluster within {} s",
                   kViewBudget.count());
        co_return false;
      }
      co_await clock_.sleep_until(clock_.now() + kViewPoll);
    }
    co_return true;
  }

  asio::awaitable<ClusterIdentity> find_identity() {
    ClusterFactsReader reader({*kube_, clock_, log_, random_}, settings_.common.csi_namespace);
    ClusterIdentity found;
    ClusterFactsReader::Accept accept = [&](const ClusterFacts& facts) -> Outcome<> {
      Outcome<ClusterIdentity> identity =
          cluster_identity({config_.cluster_id, config_.cluster_distribution},
                           {facts.map_name, facts.map_id, facts.git_version});
      if (!identity) return identity.error();
      found = std::move(*identity);
      return Done{};
    };
    co_await reader.run(std::move(accept));
    co_return found;
  }

  asio::awaitable<int> adopt(VCenterConfig vcenter, ClusterIdentity identity) {
    auto http = make_vcenter_client(io_.get_executor(), vcenter);
    if (!http) {
      log_.error("{}", http.error().detail);
      co_return kUsage;
    }
    // Parked coroutines may refer to it until the process ends.
    auto& client = *clients_.emplace_back(std::move(*http));
    auto& cns = *cns_.emplace_back(std::make_unique<SoapCnsApi>(
        SoapCnsApi::Deps{io_.get_executor(), client, clock_, observer_, leader_, log_, random_},
        cns_options(vcenter, identity, settings_.common)));
    followers_.spawn(cns.run());
    auto& old_cns = *old_.emplace_back(cns.for_cluster(settings_.old_id));
    AdoptOptions options;
    options.our_id = identity.cluster_id;
    options.old_id = settings_.old_id;
    options.dry_run = !settings_.yes;
    options.wait = settings_.wait;
    Adopt operation({io_.get_executor(), informers_->view(), cns, old_cns, clock_, leader_, log_},
                    options, [host = vcenter.host](const Adopt::Progress& at) {
                      static constexpr const char* kPhases[] = {"reading", "waiting (seconds)",
                                                                "reading again", "writing"};
                      if (isatty(STDERR_FILENO) == 0) return; // nobody watches
                      std::fprintf(stderr, "\r%s: %s %zu/%zu   ", host.c_str(),
                                   kPhases[static_cast<std::size_t>(at.phase)], at.done, at.total);
                    });
    const Outcome<AdoptReport> report = co_await operation.run();
    if (isatty(STDERR_FILENO) != 0) std::fputc('\n', stderr);
    co_await cns.logout();
    if (!report) {
      log_.error("vCenter {}: {}", vcenter.host, report.error().detail);
      co_return kFault;
    }
    print(vcenter.host, *report);
    co_return failed(*report) ? kFault : 0;
  }

  asio::io_context& io_;
  AdoptSettings settings_;
  spdlog::logger& log_;
  AsioClock clock_;
  std::mt19937_64 chance_;
  Random random_;
  Observer observer_;
  AlwaysLeader leader_;
  VSphereConfig config_;
  TaskGroup followers_;
  std::unique_ptr<KubeClient> kube_;
  std::unique_ptr<Informers> informers_;
  std::vector<std::unique_ptr<HttpClient>> clients_;
  std::vector<std::unique_ptr<SoapCnsApi>> cns_;
  std::vector<std::unique_ptr<CnsApi>> old_;
};

} // namespace

int run_adopt(const std::vector<std::string>& arguments, const Environment& environment) {
  AdoptSettings settings;
  Settings& common = settings.common;
  common = settings_of(environment);
  common.vsphere_environment = vsphere_environment(environ);
  CLI::App app{
      "After a change of the cluster id: gives every volume that a PersistentVolume here names our "
      "entities and takes those of the old id away. Without --yes it only tells what it would do.",
      "vsphere-syncer adopt"};
  std::string wait = "10m";
  app.add_option("--from-cluster-id", settings.old_id, "The cluster id used before")->required();
  app.add_flag("--yes", settings.yes, "Do it");
  app.add_option("--wait", wait,
                 "Between two reads that must be equal: somebody who still writes under the old id "
                 "would show")
      ->capture_default_str();
  app.add_option("--kubeconfig", common.kubeconfig,
                 "Path of a kubeconfig; empty: KUBECONFIG, then the pod's service account");
  app.footer(
      "Exit code 0: done, or told what would be; 1: it failed or refused; 2: wrong arguments.\n"
      "Example: vsphere-syncer adopt --from-cluster-id old-cluster");
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return 0;
  } catch (const CLI::ParseError& problem) {
    std::cerr << problem.what() << "\n\n" << app.help();
    return kUsage;
  }
  const Outcome<Clock::duration> pause = parse_go_duration(wait);
  if (!pause) {
    std::cerr << "--wait: " << pause.error().detail << "\n";
    return kUsage;
  }
  settings.wait = *pause;
  const auto log = make_logger(false, "warn");
  asio::io_context io(1);
  AdoptRun run(io, std::move(settings), *log);
  int code = kFault;
  asio::co_spawn(io, run.run(), [&](const std::exception_ptr& failure, int result) {
    code = failure ? kFault : result;
    io.stop();
  });
  io.run();
  std::fflush(stdout);
  // As in the daemon: parked coroutines refer to what would be taken apart here.
  std::quick_exit(code);
}

} // namespace syncer
