#include "app/admin_duties.h"

#include <algorithm>
#include <map>
#include <memory>

#include "app/diff_stream.h"
#include "app/drift_stream.h"
#include "app/explain_json.h"
#include "app/status_json.h"

namespace syncer {

namespace {

std::string status(const AdminParts& parts) {
  ProcessStatus status;
  status.leads = !parts.election.stands_by();
  status.leader = parts.election.holder();
  status.led_since = parts.election.led_since();
  if (!status.leader.empty()) status.leader_namespace = parts.lease_namespace;
  status.not_ready_because = parts.not_ready_because();
  status.configuration = parts.configuration();
  if (const SyncWorld* const world = parts.world()) {
    status.vcenters = world->status();
    status.last_run = world->last_run();
  }
  return status_json(status, parts.conditions, parts.clock.now());
}

std::optional<AdminSources::Leader> led_by(const AdminParts& parts) {
  if (!parts.election.stands_by()) return std::nullopt;
  return AdminSources::Leader{parts.election.holder(), parts.lease_namespace};
}

Error not_ready(const AdminParts& parts) {
  return {ErrorKind::kTransient, "not ready: " + parts.not_ready_because()};
}

// Null: nothing can be asked yet.
SyncWorld* ready_world(const AdminParts& parts) {
  return parts.informers.view().synced() ? parts.world() : nullptr;
}

Outcome<std::vector<AdminSources::Resync>> resync(const AdminParts& parts,
                                                  const std::string& vcenter) {
  SyncWorld* const world = ready_world(parts);
  if (world == nullptr) return not_ready(parts);
  std::vector<AdminSources::Resync> begun;
  for (auto& [host, cycle] : world->request_full_sync(vcenter)) begun.push_back({host, cycle});
  if (begun.empty()) return Error{ErrorKind::kRejected, "no vCenter " + vcenter + " is configured"};
  return begun;
}

Error nothing_called(const std::string& name) {
  return {ErrorKind::kRejected,
          "no claim (NAMESPACE/NAME), no PersistentVolume of the vSphere CSI driver and no volume "
          "id is " +
              name};
}

Outcome<std::string> explain(const AdminParts& parts, const std::string& name) {
  SyncWorld* const world = ready_world(parts);
  if (world == nullptr) return not_ready(parts);
  Explanation explanation{name, parts.informers.named(name), {}};
  explanation.volumes = world->explain(explanation.named, name);
  if (!explanation.named.known && explanation.volumes.empty()) return nothing_called(name);
  return explain_json(explanation, parts.conditions, parts.clock.now());
}

Outcome<std::vector<AdminSources::Look>> resync_object(const AdminParts& parts,
                                                       const std::string& name) {
  SyncWorld* const world = ready_world(parts);
  if (world == nullptr) return not_ready(parts);
  const NamedVolumes named = parts.informers.named(name);
  std::vector<AdminSources::Look> looks;
  for (const SyncWorld::Resync& one : world->resync(named, name)) {
    looks.push_back({one.id.str(), one.vcenter, one.number});
  }
  if (looks.empty() && !named.known) return nothing_called(name);
  if (looks.empty()) {
    return Error{ErrorKind::kRejected,
                 name + " has no volume in a vCenter: see vsphere-syncer explain " + name};
  }
  return looks;
}

// Each pass reads all of CNS, so there is one at a time.
struct DiffDuty {
  std::weak_ptr<bool> running;
};

Outcome<std::unique_ptr<AdminStream>> diff(const AdminParts& parts, DiffDuty& duty,
                                           const std::string& vcenter) {
  SyncWorld* const world = ready_world(parts);
  if (world == nullptr) return not_ready(parts);
  std::vector<std::string> hosts = world->hosts();
  if (!vcenter.empty()) {
    if (std::find(hosts.begin(), hosts.end(), vcenter) == hosts.end()) {
      return Error{ErrorKind::kRejected, "no vCenter " + vcenter + " is configured"};
    }
    hosts = {vcenter};
  }
  if (!duty.running.expired()) {
    return Error{ErrorKind::kTransient, "another diff is under way, and there is one at a time"};
  }
  // The stream owns it: however that ends, there is room for the next one.
  const auto running = std::make_shared<bool>(true);
  duty.running = running;
  DiffStream::Begin begin = [world, running](const std::string& host) { return world->diff(host); };
  return std::unique_ptr<AdminStream>(
      std::make_unique<DiffStream>(std::move(hosts), std::move(begin),
                                   [world, current = parts.world] { return current() == world; }));
}

Outcome<std::unique_ptr<AdminStream>> drift(const AdminParts& parts, bool csv,
                                            std::optional<DriftClass> only) {
  const SyncWorld* const world = ready_world(parts);
  if (world == nullptr) return not_ready(parts);
  DriftAnswer answer{world->drift(), parts.clock.now(), parts.clock.wall_now()};
  return csv ? drift_csv(std::move(answer), only) : drift_json(std::move(answer), only);
}

Outcome<std::size_t> confirm(const AdminParts& parts, const std::string& what) {
  static const std::map<std::string, Condition> kByWord = {
      {"view", Condition::kViewWentBack},
      {"missing", Condition::kMassMissing},
      {"unregister", Condition::kMassUnregister},
      {"conflict", Condition::kClusterIdConflict}};
  const auto found = kByWord.find(what);
  if (found == kByWord.end()) {
    return Error{ErrorKind::kRejected, "nothing to confirm is called " + what};
  }
  if (found->second == Condition::kViewWentBack) {
    if (!parts.informers.view_went_back()) return std::size_t{0};
    parts.informers.confirm_view();
    return std::size_t{1};
  }
  SyncWorld* const world = parts.world();
  return world == nullptr ? std::size_t{0} : world->confirm(found->second);
}

} // namespace

AdminSources admin_sources(AdminParts given) {
  const auto parts = std::make_shared<AdminParts>(std::move(given));
  AdminSources sources;
  sources.led_by = [parts] { return led_by(*parts); };
  sources.status = [parts] { return status(*parts); };
  sources.resync = [parts](const std::string& vcenter) { return resync(*parts, vcenter); };
  sources.explain = [parts](const std::string& name) { return explain(*parts, name); };
  sources.resync_object = [parts](const std::string& name) { return resync_object(*parts, name); };
  const auto duty = std::make_shared<DiffDuty>();
  sources.diff = [parts, duty](const std::string& vcenter) { return diff(*parts, *duty, vcenter); };
  sources.drift = [parts](bool csv, std::optional<DriftClass> only) {
    return drift(*parts, csv, only);
  };
  sources.confirm = [parts](const std::string& what) { return confirm(*parts, what); };
  return sources;
}

} // namespace syncer
