// One try of the registrar at one path.
#include <spdlog/spdlog.h>

#include "reconcile/in_tree_places.h"
#include "reconcile/in_tree_registrar.h"
#include "reconcile/label_limits.h"

namespace syncer {

namespace {

bool cut_labels(CnsCreate& call) {
  bool cut = false;
  for (CnsEntity& entity : call.entities) cut = cut_labels(entity) || cut;
  return cut;
}

} // namespace

// An unsent request says nothing about this path: all wait together.
InTreeRegistrar::Result InTreeRegistrar::read_failed(const Error& error) {
  if (error.unsent || error.kind == ErrorKind::kCancelled) {
    unreachable(error);
    return {End::kUnreachable, error.detail};
  }
  answered();
  return {End::kFailed, error.detail};
}

asio::awaitable<InTreeRegistrar::Result> InTreeRegistrar::attempt(InternedString path,
                                                                  VmdkPath vmdk) {
  if (const VolumeId id = progress_[path].id; !id.empty()) {
    co_return co_await link(path, id);
  }

  const Outcome<std::vector<DatastorePlace>> found =
      co_await deps_.inventory.datastores(vmdk.datastore);
  if (!found) co_return read_failed(found.error());
  answered();
  // Known only once somebody has logged in, which the read above did.
  if (!deps_.inventory.registers_by_url()) {
    co_return Result{End::kPermanent,
                     "vCenter " + deps_.inventory.host() +
                         " cannot register in-tree volumes: version 7.0U1 or newer is needed"};
  }
  const Outcome<std::vector<DatastorePlace>> places =
      registration_places(vmdk.datastore, *found, options_.datacenters);
  if (!places) {
    const bool permanent = places.error().kind == ErrorKind::kRejected;
    co_return Result{permanent ? End::kPermanent : End::kFailed, places.error().detail};
  }

  std::string profile;
  const std::string policy =
      in_tree_start(deps_.view.in_tree_facts(path), deps_.clock.now()).policy_name;
  if (!policy.empty()) {
    const Outcome<std::string> id = co_await deps_.inventory.policy_id(policy);
    if (!id && id.error().kind == ErrorKind::kNotFound) {
      co_return Result{End::kFailed, "vCenter has no storage policy \"" + policy + "\""};
    }
    if (!id) co_return read_failed(id.error());
    profile = *id;
  }
  co_return co_await create(path, vmdk, policy, profile, *places);
}

asio::awaitable<InTreeRegistrar::Result> InTreeRegistrar::create(
    InternedString path, VmdkPath vmdk, std::string policy, std::string profile,
    std::vector<DatastorePlace> places) {
  std::string refusals;
  for (const DatastorePlace& place : places) {
    // The cluster moved on while vCenter was asked.
    InTreeStart start = in_tree_start(deps_.view.in_tree_facts(path), deps_.clock.now());
    if (!start.now || start.policy_name != policy || !may_write()) co_return Result{};
    CnsCreate call;
    call.backing = CnsCreate::Backing::kUrl;
    call.backing_id = registration_url(deps_.inventory.host(), place.datacenter_path, vmdk);
    call.name = random_uuid(deps_.random);
    call.profile_id = profile;
    call.entities = std::move(start.entities);
    const CreateResult result = co_await send(call);
    const WriteResult& write = result.write;
    if (write.end == WriteEnd::kRefused && write.error.unsent) {
      unreachable(write.error);
      co_return Result{End::kUnreachable, write.error.detail};
    }
    if (write.end == WriteEnd::kUnknown) {
      Progress& progress = progress_[path];
      if (!progress.lost_at) progress.lost_at = write.posted_at;
      co_return Result{End::kLost, write.error.detail};
    }
    answered();
    if (!result.id.empty()) {
      deps_.log.debug("in-tree path={} volume={} datacenter={} result={}", path.view(),
                      result.id.view(), place.datacenter_path,
                      result.already_registered ? "adopted" : "registered");
      co_return co_await link(path, result.id);
    }
    if (result.already_registered) {
      co_return Result{End::kPermanent,
                       "CNS has registered the disk already, but does not say as which volume: " +
                           write.error.detail};
    }
    if (write.end == WriteEnd::kAcknowledged) {
      co_return Result{End::kLost, "CNS registered the disk, but did not say as which volume"};
    }
    // The first refusal is as likely to name the cause as the last.
    refusals += (refusals.empty() ? "" : "; ") + place.datacenter_path + ": " + write.error.detail;
    if (write.error.kind == ErrorKind::kUnauthenticated) break;
  }
  co_return Result{End::kFailed, refusals};
}

asio::awaitable<CreateResult> InTreeRegistrar::send(CnsCreate call) {
  if (labels_limited_) cut_labels(call);
  CreateResult result = co_await deps_.cns.create(call);
  if (result.write.end == WriteEnd::kRefused && !result.already_registered &&
      result.write.fault == CnsFault::kInvalidArgument && may_write() && cut_labels(call)) {
    // Perhaps the labels are beyond this vCenter's limits. Remembered only if less is accepted.
    result = co_await deps_.cns.create(call);
    labels_limited_ = result.write.end == WriteEnd::kAcknowledged;
  }
  co_return result;
}

asio::awaitable<InTreeRegistrar::Result> InTreeRegistrar::link(InternedString path, VolumeId id) {
  progress_[path].id = id;
  if (!deps_.leadership.may_write(deps_.leadership.write_budget())) co_return Result{};
  MigrationRecord record;
  record.id = id;
  record.path = path;
  record.protect = deps_.inventory.protects_from_vm_delete();
  const Outcome<> stored = co_await deps_.migrations.put(record);
  if (stored) co_return Result{End::kLinked, {}};
  co_return Result{End::kFailed, "the volume is registered as " + id.str() +
                                     ", but that could not be stored: " + stored.error().detail};
}

} // namespace syncer
