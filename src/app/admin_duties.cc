#include "app/admin_duties.h"

#include <map>
#include <memory>

#include "app/status_json.h"

namespace syncer {

namespace {

std::string status(const AdminParts& parts) {
  ProcessStatus status;
  status.leads = !parts.election.stands_by();
  status.leader = parts.election.holder();
  status.not_ready_because = parts.not_ready_because();
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

Outcome<std::vector<AdminSources::Resync>> resync(const AdminParts& parts,
                                                  const std::string& vcenter) {
  SyncWorld* const world = parts.world();
  if (world == nullptr || !parts.informers.view().synced()) {
    return Error{ErrorKind::kTransient, "not ready: " + parts.not_ready_because()};
  }
  std::vector<AdminSources::Resync> begun;
  for (auto& [host, cycle] : world->request_full_sync(vcenter)) begun.push_back({host, cycle});
  if (begun.empty()) return Error{ErrorKind::kRejected, "no vCenter " + vcenter + " is configured"};
  return begun;
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
  sources.confirm = [parts](const std::string& what) { return confirm(*parts, what); };
  return sources;
}

} // namespace syncer
