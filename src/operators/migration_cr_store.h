#pragma once

#include <functional>
#include <string>

#include "operators/cr_writer.h"
#include "operators/migration_table.h"

namespace syncer {

// MigrationStore over the CnsVSphereVolumeMigration objects of the cluster. As long as the API
// server does not know that resource, it is not synced and `put` fails with kNotFound.
class MigrationCrStore final : public MigrationStore, private ObjectSink {
 public:
  // The API server showed that this path leads to this volume now, or does so no longer (ask
  // `find`).
  using Changed = std::function<void(const InternedString& path, const VolumeId& id)>;

  MigrationCrStore(const CrDeps& deps, Changed changed);
  // Follows the objects until cancelled.
  asio::awaitable<void> run();

  bool synced() const override { return watch_.synced(); }
  std::optional<VolumeId> find(const InternedString& path) const override {
    return table_.find(path);
  }
  std::vector<InternedString> paths_of(const VolumeId& id) const override {
    return table_.paths_of(id);
  }
  std::vector<MigrationRecord> all() const override { return table_.all(); }
  asio::awaitable<Outcome<>> put(MigrationRecord record) override;
  asio::awaitable<Outcome<>> remove(VolumeId id) override;

  const ObjectWatch& watch() const { return watch_; }
  std::size_t evicted() const { return table_.evicted(); }

 private:
  Outcome<> put(const ObjectName& name, const nlohmann::json& object) override;
  void remove(const ObjectName& name) override;
  void listed() override { table_.listed(); }
  void tell(const std::vector<MigrationRecord>& links) const;

  Clock& clock_;
  Changed changed_;
  MigrationTable table_;
  CrWriter writer_;
  ObjectWatch watch_;
};

} // namespace syncer
