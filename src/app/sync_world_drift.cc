// What a world tells of its drift.
#include "app/sync_world.h"

namespace syncer {

std::vector<std::pair<InternedString, std::string>> SyncWorld::failed_paths() const {
  std::vector<std::pair<InternedString, std::string>> failed;
  if (!registrar_) return failed;
  failed.reserve(registrar_->failures().size());
  for (const auto& [path, failure] : registrar_->failures()) {
    failed.emplace_back(path, failure.detail);
  }
  return failed;
}

std::vector<std::pair<std::string, std::shared_ptr<const DriftReport>>> SyncWorld::drift() const {
  std::vector<std::pair<std::string, std::shared_ptr<const DriftReport>>> reports;
  reports.reserve(actors_.size());
  for (const auto& actor : actors_) reports.emplace_back(actor->host(), actor->drift());
  return reports;
}

} // namespace syncer
