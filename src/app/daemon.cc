#include "app/daemon.h"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <random>

#include "app/admin_duties.h"
#include "app/election.h"
#include "app/kube_setup.h"
#include "app/process_servers.h"
#include "app/sync_world.h"
#include "app/task_group.h"
#include "app/vcenter_setup.h"
#include "app/vsphere_files.h"
#include "config/cluster_identity.h"
#include "core/asio_clock.h"
#include "informers/informers.h"
#include "kube/cluster_facts.h"
#include "kube/event_recorder.h"
#include "kube/kube_client.h"
#include "metrics/prometheus_observer.h"

namespace syncer {

namespace {

constexpr std::chrono::seconds kDrainBudget{5};
constexpr std::chrono::seconds kStartRetry{5};
constexpr std::chrono::milliseconds kOncePoll{50};
constexpr std::chrono::seconds kViewPoll{1};
// Calls of a world that was given up end by themselves within their own deadlines.
constexpr std::chrono::minutes kAfterlife{10};

std::vector<std::string> condition_names() {
  std::vector<std::string> names;
  names.reserve(kConditions.size());
  for (const Condition condition : kConditions) names.emplace_back(to_string(condition));
  return names;
}

void rethrow(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

} // namespace

struct Daemon::Parts {
  Parts(asio::io_context& context, Settings given, spdlog::logger& logger)
      : io(context),
        settings(std::move(given)),
        log(logger),
        clock(context.get_executor()),
        chance(std::random_device()()),
        conditions(clock, [this](const Conditions::Key& key, bool stands,
                                 const std::string& detail) { told(key, stands, detail); }),
        observer(SYNCER_VERSION, condition_names()) {
    random = [this] { return std::uniform_real_distribution<double>()(chance); };
  }

  Outcome<> build_kube();
  void told(const Conditions::Key& key, bool stands, const std::string& detail) const;
  const Leadership& leadership() const;
  SyncWorld::Deps world_deps();
  Outcome<> new_world();
  bool load_config();
  ProcessSnapshot snapshot() const;
  std::string not_ready_because() const;
  void serve();
  asio::awaitable<void> take_part();
  void start_work();
  asio::awaitable<void> bring_up();
  asio::awaitable<void> wait_for_config();
  asio::awaitable<ClusterIdentity> find_identity();
  asio::awaitable<void> watch_config();
  asio::awaitable<void> watch_view();
  asio::awaitable<void> replace_world();
  asio::awaitable<void> wait_for_one_cycle();
  asio::awaitable<void> end();
  void finish(int code);

  asio::io_context& io;
  Settings settings;
  spdlog::logger& log;
  AsioClock clock;
  std::mt19937_64 chance;
  Random random;
  NeverLeader never;
  Conditions conditions;
  PrometheusObserver observer;
  VSphereFiles vsphere;
  ClusterIdentity identity;
  std::unique_ptr<KubeClient> kube;
  std::unique_ptr<Election> election;
  std::unique_ptr<EventRecorder> events;
  EventSink no_events;
  std::unique_ptr<Informers> informers;
  std::unique_ptr<SyncWorld> world;
  std::vector<std::unique_ptr<SyncWorld>> former_worlds;
  ProcessServers servers{{io.get_executor(), clock, log, settings}};
  std::size_t differences = 0;
  int exit_code = 0;
  bool ending = false;
};

Outcome<> Daemon::Parts::build_kube() {
  Outcome<std::unique_ptr<KubeClient>> client =
      make_kube_client(io.get_executor(), settings, clock, log);
  if (!client) return client.error();
  kube = std::move(*client);
  const LeaseElector::Deps elector{io.get_executor(), *kube, clock, log, random};
  election = std::make_unique<Election>(elector, settings.election);
  const EventRecorder::Deps recorder{io.get_executor(), *kube, clock, log, random};
  events = std::make_unique<EventRecorder>(recorder);
  ViewCallbacks callbacks;
  callbacks.touched = [this](const VolumeKey& key, ChangeKind kind) {
    if (world) world->touched(key, kind);
  };
  callbacks.on_deleted = [this](const BoundVolume& last, bool observed) {
    if (world) world->deleted(last, observed);
  };
  callbacks.on_synced = [this] {
    log.info("first lists complete: volumes={}", informers->view().volume_count());
    if (world) world->view_synced();
  };
  Informers::Deps informer_deps{io.get_executor(), *kube, clock, observer, log, random};
  if (!settings.dry_run) informer_deps.events = events.get();
  informers = std::make_unique<Informers>(informer_deps, std::move(callbacks));
  return Done{};
}

void Daemon::Parts::told(const Conditions::Key& key, bool stands, const std::string& detail) const {
  const std::string where = key.second.empty() ? "" : " vc=" + key.second;
  if (stands) {
    log.warn("condition {}{}: {}", to_string(key.first), where, detail);
  } else {
    log.info("condition {}{} is over", to_string(key.first), where);
  }
}

const Leadership& Daemon::Parts::leadership() const {
  if (settings.dry_run) return never;
  return election->leadership();
}

SyncWorld::Deps Daemon::Parts::world_deps() {
  EventSink& sink = settings.dry_run ? no_events : *events;
  SharedParts shared{io.get_executor(),         clock,    leadership(), sink,   conditions,
                     informers->quorum_reads(), observer, log,          random, settings};
  return {std::move(shared), *kube, informers->view(),
          [this](const InternedString& path) { return informers->inline_removal_observed(path); },
          [this](const std::string& what) {
            ++differences;
            std::puts(what.c_str());
          }};
}

Outcome<> Daemon::Parts::new_world() {
  auto made = SyncWorld::create(world_deps(), vsphere.config(), identity);
  if (!made) return made.error();
  world = std::move(*made);
  world->start();
  return Done{};
}

ProcessSnapshot Daemon::Parts::snapshot() const {
  ProcessSnapshot now;
  now.leads = election->leads();
  if (world) world->fill(now);
  for (const auto& [key, state] : conditions.all()) {
    now.conditions.emplace_back(to_string(key.first), key.second);
  }
  return now;
}

std::string Daemon::Parts::not_ready_because() const {
  if (ending) return "ending";
  if (!vsphere.loaded()) return conditions.all().at({Condition::kConfigInvalid, ""}).detail;
  if (election->stands_by()) return "";
  if (!informers->view().synced()) return "waiting for the first lists of the API server";
  if (!world) return "waiting for the cluster id";
  return "";
}

// False: what the files say cannot be used, and what was in force stays so.
bool Daemon::Parts::load_config() {
  if (const Outcome<> loaded = vsphere.load(); !loaded) {
    if (conditions.stands(Condition::kConfigInvalid)) log.warn("{}", loaded.error().detail);
    conditions.raise(Condition::kConfigInvalid, "", loaded.error().detail);
    return false;
  }
  for (const std::string& warning : vsphere.config().warnings) log.warn("{}", warning);
  conditions.clear(Condition::kConfigInvalid, "");
  return true;
}

// To end would only delay the cure: a pod that crashes again and again is started ever later.
asio::awaitable<void> Daemon::Parts::wait_for_config() {
  while (!ending && !vsphere.loaded()) {
    co_await clock.sleep_until(clock.now() + settings.config_poll);
    if (vsphere.changed()) load_config();
  }
}

void Daemon::Parts::serve() {
  MetricsSources shown{[this] { return observer.render(snapshot()); },
                       [this] { return not_ready_because(); },
                       [this] { return election->not_live_because(); }};
  asio::co_spawn(io, servers.serve_metrics(std::move(shown)), rethrow);
  if (settings.admin_address.empty()) return;
  AdminSources asked =
      admin_sources({clock, conditions, *election, settings.election.ns, *informers,
                     [this] { return world.get(); }, [this] { return not_ready_because(); }});
  asio::co_spawn(io, servers.serve_admin(std::move(asked)), rethrow);
}

// A replica whose configuration cannot be used leaves the Lease to the others.
asio::awaitable<void> Daemon::Parts::take_part() {
  co_await wait_for_config();
  if (ending) co_return;
  std::function<void()> begin = [this] { start_work(); };
  std::function<void()> lost = [this] { finish(0); };
  co_await election->take_part(std::move(begin), std::move(lost));
}

// A standby knows nothing and asks nobody; what it needs it reads when it has won.
void Daemon::Parts::start_work() {
  asio::co_spawn(io, informers->run(), rethrow);
  asio::co_spawn(io, watch_view(), rethrow);
  asio::co_spawn(io, bring_up(), rethrow);
}

asio::awaitable<ClusterIdentity> Daemon::Parts::find_identity() {
  ClusterFactsReader reader({*kube, clock, log, random}, settings.csi_namespace);
  ClusterIdentity found;
  ClusterFactsReader::Accept accept = [&](const ClusterFacts& facts) -> Outcome<> {
    if (vsphere.changed()) load_config();
    const VSphereConfig& config = vsphere.config();
    Outcome<ClusterIdentity> identity =
        cluster_identity({config.cluster_id, config.cluster_distribution},
                         {facts.map_name, facts.map_id, facts.git_version});
    if (!identity) {
      conditions.raise(Condition::kClusterIdUnknown, "", identity.error().detail);
      return identity.error();
    }
    found = std::move(*identity);
    return Done{};
  };
  co_await reader.run(std::move(accept));
  conditions.clear(Condition::kClusterIdUnknown, "");
  co_return found;
}

asio::awaitable<void> Daemon::Parts::bring_up() {
  identity = co_await find_identity();
  log.info("cluster id {} from {}, distribution {}", identity.cluster_id,
           to_string(identity.source), identity.distribution);
  while (!ending) {
    const Outcome<> made = new_world();
    if (made) break;
    log.error("{}; next try in 5 s", made.error().detail);
    co_await clock.sleep_until(clock.now() + kStartRetry);
    if (vsphere.changed()) load_config();
  }
  if (settings.once || settings.dry_run) {
    co_await wait_for_one_cycle();
  } else {
    co_await watch_config();
  }
}

asio::awaitable<void> Daemon::Parts::watch_config() {
  while (!ending) {
    co_await clock.sleep_until(clock.now() + settings.config_poll);
    if (!vsphere.changed()) continue;
    const VSphereConfig before = vsphere.config();
    if (!load_config() || before == vsphere.config()) continue;
    if (only_credentials_differ(before, vsphere.config())) {
      log.info("configuration changed: credentials");
      world->set_credentials(vsphere.config());
    } else {
      log.info("configuration changed: vcenters={}", vsphere.config().vcenters.size());
      co_await replace_world();
    }
  }
}

asio::awaitable<void> Daemon::Parts::watch_view() {
  while (!ending) {
    if (informers->view_went_back()) {
      conditions.raise(Condition::kViewWentBack, "",
                       "the API server tells of a past state or of another cluster: nothing is "
                       "taken away from CNS before `vsphere-syncer confirm view`");
    } else {
      conditions.clear(Condition::kViewWentBack, "");
    }
    co_await clock.sleep_until(clock.now() + kViewPoll);
  }
}

asio::awaitable<void> Daemon::Parts::replace_world() {
  const Clock::time_point deadline = clock.now() + kDrainBudget;
  std::unique_ptr<SyncWorld> old = std::move(world);
  co_await old->end(deadline);
  former_worlds.push_back(std::move(old));
  // What the old world found wrong is for the new one to find again.
  std::vector<Conditions::Key> stale;
  for (const auto& [key, state] : conditions.all()) {
    if (!key.second.empty()) stale.push_back(key);
  }
  for (const Conditions::Key& key : stale) conditions.clear(key.first, key.second);
  asio::co_spawn(
      io,
      [](Parts& parts) -> asio::awaitable<void> {
        co_await parts.clock.sleep_until(parts.clock.now() + kAfterlife);
        parts.former_worlds.erase(parts.former_worlds.begin());
      }(*this),
      rethrow);
  identity = co_await find_identity();
  while (!ending) {
    const Outcome<> made = new_world();
    if (made) co_return;
    conditions.raise(Condition::kConfigInvalid, "", made.error().detail);
    co_await clock.sleep_until(clock.now() + kStartRetry);
    if (vsphere.changed()) load_config();
  }
}

asio::awaitable<void> Daemon::Parts::wait_for_one_cycle() {
  while (!ending && !world->result()) {
    co_await clock.sleep_until(clock.now() + kOncePoll);
  }
  if (ending) co_return;
  const CycleResult result = *world->result();
  if (settings.dry_run) {
    world->tell_unregistered_paths();
    std::printf("%zu differences, result %s\n", differences, to_string(result));
  }
  finish(result == CycleResult::kSuccess && differences == 0 ? 0 : 1);
}

void Daemon::Parts::finish(int code) {
  if (std::exchange(ending, true)) return;
  exit_code = code;
  asio::co_spawn(io, end(), rethrow);
}

asio::awaitable<void> Daemon::Parts::end() {
  const Clock::time_point deadline = clock.now() + kDrainBudget;
  if (world) {
    co_await world->end(deadline);
  }
  co_await election->resign();
  servers.stop();
  io.stop();
}

Daemon::Daemon(asio::io_context& io, Settings settings, spdlog::logger& log)
    : parts_(std::make_unique<Parts>(io, std::move(settings), log)) {}

Daemon::~Daemon() = default;

Outcome<> Daemon::prepare() {
  Parts& p = *parts_;
  const auto usable = [io = p.io.get_executor()](const VSphereConfig& config) {
    return check_connections(io, config);
  };
  p.vsphere = VSphereFiles(p.settings.vsphere_config, p.settings.vsphere_environment, usable);
  if (!p.load_config() && (p.settings.once || p.settings.dry_run)) {
    return Error{ErrorKind::kRejected, p.not_ready_because()};
  }
  return p.build_kube();
}

void Daemon::start() {
  Parts& p = *parts_;
  if (!p.settings.once && !p.settings.dry_run) p.serve();
  asio::co_spawn(p.io, p.events->run(), rethrow);
  asio::co_spawn(p.io, p.take_part(), rethrow);
}

void Daemon::shut_down() { parts_->finish(0); }

int Daemon::exit_code() const { return parts_->exit_code; }

std::uint16_t Daemon::metrics_port() const { return parts_->servers.metrics_port(); }

} // namespace syncer
