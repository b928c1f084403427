#include "app/daemon.h"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include "app/admin_duties.h"
#include "app/condition_teller.h"
#include "app/election.h"
#include "app/kube_setup.h"
#include "app/logging.h"
#include "app/process_servers.h"
#include "app/rights_review.h"
#include "app/settings_json.h"
#include "app/task_group.h"
#include "app/world_keeper.h"
#include "core/asio_clock.h"
#include "informers/informers.h"
#include "kube/event_recorder.h"
#include "kube/kube_client.h"
#include "metrics/prometheus_observer.h"

namespace syncer {

namespace {

constexpr std::chrono::milliseconds kOncePoll{50};
constexpr std::chrono::seconds kTroublePoll{1};
constexpr std::chrono::seconds kPatience{30}; // with what may pass by itself
constexpr std::chrono::seconds kSummary{10};
constexpr std::chrono::minutes kRepeats{1}; // like lines of the log are counted for this long

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
        random([this] { return std::uniform_real_distribution<double>()(chance); }),
        teller(log, {settings.csi_namespace, host_name()}),
        conditions(clock, [this](const Conditions::Key& key, bool stands,
                                 const std::string& detail) { teller.told(key, stands, detail); }),
        observer(clock, SYNCER_VERSION, condition_names()),
        credentials({context.get_executor(), clock, conditions, log, random,
                     [this](std::string text) {
                       election->annotate(kRefusalsAnnotation, std::move(text));
                     }},
                    settings.credential_probe_interval),
        worlds({context.get_executor(), clock, log, random, conditions, settings,
                [this] { return world_deps(); }}) {
    credentials.accepted = [this](const std::string& host) {
      if (SyncWorld* const world = worlds.world()) world->credentials_accepted(host);
    };
  }

  Outcome<> build_kube();
  const Leadership& leadership() const;
  SyncWorld::Deps world_deps();
  ProcessSnapshot snapshot() const;
  RightsInput rights_input() const;
  std::vector<HealthCheck> ready_checks() const;
  std::vector<HealthCheck> live_checks() const;
  nlohmann::json configuration() const;
  void serve();
  asio::awaitable<void> take_part();
  void start_work();
  asio::awaitable<void> bring_up();
  asio::awaitable<void> watch_election();
  asio::awaitable<void> watch_troubles();
  asio::awaitable<void> count_repeats();
  asio::awaitable<void> summarize();
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
  ConditionTeller teller;
  Conditions conditions;
  PrometheusObserver observer;
  CredentialBook credentials;
  std::unique_ptr<KubeClient> kube;
  std::unique_ptr<Election> election;
  std::unique_ptr<EventRecorder> events;
  std::unique_ptr<RightsReview> rights;
  EventSink no_events;
  std::unique_ptr<Informers> informers;
  WorldKeeper worlds;
  ProcessServers servers{{io.get_executor(), clock, log, settings}};
  std::size_t differences = 0;
  int exit_code = 0;
  std::string end_reason;
  bool ending = false;
};

Outcome<> Daemon::Parts::build_kube() {
  Outcome<std::unique_ptr<KubeClient>> client =
      make_kube_client(io.get_executor(), settings, clock, observer, log);
  if (!client) return client.error();
  kube = std::move(*client);
  const LeaseElector::Deps elector{io.get_executor(), *kube, clock, log, random};
  election = std::make_unique<Election>(elector, settings.election);
  const EventRecorder::Deps recorder{io.get_executor(), *kube, clock, log, random};
  events = std::make_unique<EventRecorder>(recorder);
  rights = std::make_unique<RightsReview>(
      RightsReview::Deps{*kube, clock, log, conditions, [this] { return rights_input(); }});
  ViewCallbacks callbacks;
  callbacks.touched = [this](const VolumeKey& key, ChangeKind kind) {
    if (SyncWorld* const world = worlds.world()) world->touched(key, kind);
  };
  callbacks.on_deleted = [this](const BoundVolume& last, bool observed) {
    if (SyncWorld* const world = worlds.world()) world->deleted(last, observed);
  };
  callbacks.on_synced = [this] {
    log.info("first lists complete: volumes={}", informers->view().volume_count());
    if (SyncWorld* const world = worlds.world()) world->view_synced();
  };
  Informers::Deps informer_deps{io.get_executor(), *kube, clock, observer, log, random};
  if (!settings.dry_run) informer_deps.events = events.get();
  informers = std::make_unique<Informers>(informer_deps, std::move(callbacks));
  return Done{};
}

const Leadership& Daemon::Parts::leadership() const {
  if (settings.dry_run) return never;
  return election->leadership();
}

SyncWorld::Deps Daemon::Parts::world_deps() {
  EventSink& sink = settings.dry_run ? no_events : *events;
  SharedParts shared{
      io.get_executor(),         credentials, clock, leadership(), sink,     conditions,
      informers->quorum_reads(), observer,    log,   random,       settings, *rights};
  return {std::move(shared), *kube, informers->view(),
          [this](const InternedString& path) { return informers->inline_removal_observed(path); },
          [this](const std::string& what) {
            ++differences;
            std::puts(what.c_str());
          }};
}

ProcessSnapshot Daemon::Parts::snapshot() const {
  ProcessSnapshot now;
  now.leads = election->leads();
  now.lease_seconds_left = std::chrono::duration<double>(election->left()).count();
  now.full_sync_interval_seconds =
      std::chrono::duration<double>(settings.full_sync_interval).count();
  now.events_evicted = events->counts().evicted;
  now.log_shapes_evicted = repeats_evicted(log);
  if (SyncWorld* const world = worlds.world()) world->fill(now);
  for (const auto& [key, state] : conditions.all()) {
    now.conditions.emplace_back(to_string(key.first), key.second);
  }
  return now;
}

RightsInput Daemon::Parts::rights_input() const {
  return {settings.election.on, worlds.several_vcenters(), settings.election.ns,
          settings.csi_namespace, settings.fss_namespace};
}

std::vector<HealthCheck> Daemon::Parts::ready_checks() const {
  std::vector<HealthCheck> checks;
  const auto add = [&](const char* name, bool holds, const std::string& problem) {
    checks.push_back({name, holds ? "" : problem});
  };
  const bool works = !election->stands_by();
  add("ending", !ending, "ending");
  add("configuration", worlds.config_loaded(), conditions.detail(Condition::kConfigInvalid));
  add("rights", rights->obstacle().empty(), rights->obstacle());
  add("first-lists", !works || informers->view().synced(),
      "waiting for the first lists of the API server");
  add("cluster-id", !works || worlds.world() != nullptr, "waiting for the cluster id");
  return checks;
}

nlohmann::json Daemon::Parts::configuration() const {
  nlohmann::json all = settings_json(settings);
  all["csi_vsphere_conf"] = settings_json(worlds.config());
  return all;
}

// The event loop is not among them: if it is stuck, nobody answers.
std::vector<HealthCheck> Daemon::Parts::live_checks() const {
  return {{"election", election->not_live_because()}};
}

void Daemon::Parts::serve() {
  MetricsSources shown{[this] { return observer.render(snapshot()); },
                       [this] { return ready_checks(); }, [this] { return live_checks(); }};
  asio::co_spawn(io, servers.serve_metrics(std::move(shown)), rethrow);
  if (settings.admin_address.empty()) return;
  AdminSources asked = admin_sources({clock, conditions, *election, settings.election.ns,
                                      *informers, [this] { return worlds.world(); },
                                      [this] { return first_problem(ready_checks()); },
                                      [this] { return configuration(); }});
  asio::co_spawn(io, servers.serve_admin(std::move(asked)), rethrow);
}

// A replica whose configuration cannot be used leaves the Lease to the others.
asio::awaitable<void> Daemon::Parts::take_part() {
  co_await worlds.wait_for_config();
  if (ending) co_return;
  std::function<void()> begin = [this] { start_work(); };
  std::function<void()> lost = [this] {
    end_reason = "the Lease was lost: " + election->lost_because();
    finish(0);
  };
  co_await election->take_part(std::move(begin), std::move(lost));
}

// A standby knows nothing and asks nobody; what it needs it reads when it has won.
void Daemon::Parts::start_work() {
  credentials.restore(election->annotation(kRefusalsAnnotation));
  asio::co_spawn(io, informers->run(), rethrow);
  asio::co_spawn(io, watch_troubles(), rethrow);
  asio::co_spawn(io, bring_up(), rethrow);
}

asio::awaitable<void> Daemon::Parts::bring_up() {
  co_await worlds.make_world(*kube);
  if (settings.once || settings.dry_run) {
    co_await wait_for_one_cycle();
  } else {
    co_await worlds.follow_config(*kube);
  }
}

asio::awaitable<void> Daemon::Parts::count_repeats() {
  for (;;) {
    co_await clock.sleep_until(clock.now() + kRepeats);
    tell_repeats(log);
    observer.close_minute();
  }
}

// One line in place of one per update; none when nothing was sent.
asio::awaitable<void> Daemon::Parts::summarize() {
  PrometheusObserver::Updates before;
  for (;;) {
    co_await clock.sleep_until(clock.now() + kSummary);
    const PrometheusObserver::Updates now = observer.updates();
    if (now == before) continue;
    std::size_t pending = 0;
    for (const auto& [host, numbers] : snapshot().vcenters) pending += numbers.volumes_pending;
    log.info("updates acknowledged={} refused={} unknown={} pending={}",
             now.acknowledged - before.acknowledged, now.refused - before.refused,
             now.unknown - before.unknown, pending);
    before = now;
  }
}

asio::awaitable<void> Daemon::Parts::watch_election() {
  while (!ending) {
    conditions.judge(Condition::kNoLeader, "", election->trouble(),
                     settings.election.lease_duration);
    co_await clock.sleep_until(clock.now() + kTroublePoll);
  }
}

asio::awaitable<void> Daemon::Parts::watch_troubles() {
  while (!ending) {
    if (informers->view_went_back()) {
      conditions.raise(Condition::kViewWentBack, "",
                       "the API server tells of a past state or of another cluster: nothing is "
                       "taken away from CNS before `vsphere-syncer confirm view`");
    } else {
      conditions.clear(Condition::kViewWentBack, "");
    }
    conditions.judge(Condition::kApiServerUnavailable, "", informers->trouble(), kPatience);
    if (const std::string broken = informers->undecodable(); broken.empty()) {
      conditions.clear(Condition::kObjectsUndecodable, "");
    } else {
      conditions.raise(Condition::kObjectsUndecodable, "",
                       broken + "; their volumes are left alone");
    }
    if (const SyncWorld* const world = worlds.world()) world->judge_troubles();
    co_await clock.sleep_until(clock.now() + kTroublePoll);
  }
}

asio::awaitable<void> Daemon::Parts::wait_for_one_cycle() {
  const SyncWorld& world = *worlds.world();
  while (!ending && !world.result()) {
    co_await clock.sleep_until(clock.now() + kOncePoll);
  }
  if (ending) co_return;
  const CycleResult result = *world.result();
  if (settings.dry_run) {
    worlds.world()->tell_unregistered_paths();
    std::printf("%zu differences, result %s\n", differences, to_string(result));
  }
  finish(result == CycleResult::kSuccess && differences == 0 ? 0 : 1);
}

void Daemon::Parts::finish(int code) {
  if (std::exchange(ending, true)) return;
  exit_code = code;
  worlds.stop();
  asio::co_spawn(io, end(), rethrow);
}

asio::awaitable<void> Daemon::Parts::end() {
  const Clock::time_point deadline = clock.now() + settings.shutdown_budget;
  if (SyncWorld* const world = worlds.world()) {
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
  if (!p.worlds.load_config() && (p.settings.once || p.settings.dry_run)) {
    return Error{ErrorKind::kRejected, p.conditions.detail(Condition::kConfigInvalid)};
  }
  return p.build_kube();
}

void Daemon::start() {
  Parts& p = *parts_;
  if (!p.settings.once && !p.settings.dry_run) {
    p.serve();
    asio::co_spawn(p.io, p.rights->run(), rethrow);
    asio::co_spawn(p.io, p.watch_election(), rethrow);
    asio::co_spawn(p.io, p.teller.begin(*p.kube, p.clock, *p.events), rethrow);
  }
  asio::co_spawn(p.io, p.count_repeats(), rethrow);
  asio::co_spawn(p.io, p.summarize(), rethrow);
  asio::co_spawn(p.io, p.events->run(), rethrow);
  asio::co_spawn(p.io, p.take_part(), rethrow);
}

void Daemon::shut_down() { parts_->finish(0); }

int Daemon::exit_code() const { return parts_->exit_code; }

const std::string& Daemon::end_reason() const { return parts_->end_reason; }

std::uint16_t Daemon::metrics_port() const { return parts_->servers.metrics_port(); }

} // namespace syncer
