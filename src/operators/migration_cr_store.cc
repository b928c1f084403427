#include "operators/migration_cr_store.h"

#include <nlohmann/json.hpp>

#include "kube/kube_time.h"
#include "operators/cr_fields.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr const char* kKind = "CnsVSphereVolumeMigration";
constexpr const char* kApiVersion = "cns.vmware.com/v1alpha1";
constexpr const char* kCollection = "/apis/cns.vmware.com/v1alpha1/cnsvspherevolumemigrations";

std::string body_of(const MigrationRecord& record) {
  json object;
  object["apiVersion"] = kApiVersion;
  object["kind"] = kKind;
  object["metadata"]["name"] = record.id.str();
  object["spec"]["volumepath"] = record.path.str();
  object["spec"]["volumeid"] = record.id.str();
  object["spec"]["protectvolumefromvmdelete"] = record.protect;
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace

MigrationCrStore::MigrationCrStore(const CrDeps& deps, Changed changed)
    : clock_(deps.clock),
      changed_(std::move(changed)),
      writer_(deps, kKind, kCollection),
      watch_(deps.watch(), kCollection, *this) {}

asio::awaitable<void> MigrationCrStore::run() { return watch_.run(); }

asio::awaitable<Outcome<>> MigrationCrStore::put(MigrationRecord record) {
  std::string name = record.id.str();
  std::string body = body_of(record);
  const auto created = co_await writer_.create(std::move(name), std::move(body));
  if (!created) co_return created.error();
  record.created =
      std::chrono::duration_cast<std::chrono::seconds>(clock_.wall_now().time_since_epoch())
          .count();
  table_.put_alias(std::move(record));
  co_return Done{};
}

asio::awaitable<Outcome<>> MigrationCrStore::remove(VolumeId id) {
  std::vector<std::string> names = table_.names_of(id);
  // Perhaps it was created a moment ago, and the watch has not shown it yet.
  if (names.empty()) names.push_back(id.str());
  for (const std::string& name : names) {
    const auto removed = co_await writer_.remove(name);
    if (!removed) co_return removed.error();
    tell(table_.remove_object(name));
  }
  table_.drop_aliases(id);
  co_return Done{};
}

Outcome<> MigrationCrStore::put(const ObjectName& name, const json& object) {
  const json* spec = json_member(object, "spec");
  const auto path = required_text(spec, "volumepath", "spec");
  if (!path) return path.error();
  const auto id = required_text(spec, "volumeid", "spec");
  if (!id) return id.error();
  MigrationRecord record;
  record.path = *path;
  record.id = *id;
  const json* protect = json_member(*spec, "protectvolumefromvmdelete");
  record.protect = protect != nullptr && protect->is_boolean() && protect->get<bool>();
  record.created =
      parse_kube_time(text_or_empty(json_member(object, "metadata"), "creationTimestamp"));
  tell(table_.put_object(name.name, std::move(record)));
  return Done{};
}

void MigrationCrStore::remove(const ObjectName& name) { tell(table_.remove_object(name.name)); }

void MigrationCrStore::tell(const std::vector<MigrationRecord>& links) const {
  if (!changed_) return;
  for (const MigrationRecord& link : links) changed_(link.path, link.id);
}

} // namespace syncer
