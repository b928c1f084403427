#include "informers/migration_notes.h"

#include "informers/object_parts.h"

namespace syncer {

namespace {

constexpr std::string_view kInTreePlugin = "kubernetes.io/vsphere-volume";

} // namespace

void MigrationNotes::take(std::string_view key, std::string_view value) {
  if (key == "pv.kubernetes.io/migrated-to") migrated_to = value;
  if (key == "pv.kubernetes.io/provisioned-by") provisioned_by = value;
  if (key == "volume.kubernetes.io/storage-provisioner") provisioner = value;
  if (key == "volume.beta.kubernetes.io/storage-provisioner") beta_provisioner = value;
}

bool is_migrated_volume(const MigrationNotes& notes) {
  if (!notes.provisioned_by) return true;
  if (*notes.provisioned_by == kCsiDriver) return true;
  return *notes.provisioned_by == kInTreePlugin && notes.migrated_to == kCsiDriver;
}

bool is_migrated_claim(const MigrationNotes& notes) {
  const auto made_by = [&](std::string_view who) {
    return notes.provisioner == who || notes.beta_provisioner == who;
  };
  if (!notes.migrated_to) return made_by(kCsiDriver);
  return *notes.migrated_to == kCsiDriver && made_by(kInTreePlugin);
}

} // namespace syncer
