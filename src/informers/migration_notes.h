#pragma once

#include <optional>
#include <string_view>

namespace syncer {

// The annotations by which Kubernetes records who made an in-tree volume and who serves it now.
// Views into the buffer of the object.
struct MigrationNotes {
  std::optional<std::string_view> migrated_to;    // pv.kubernetes.io/migrated-to
  std::optional<std::string_view> provisioned_by; // pv.kubernetes.io/provisioned-by
  std::string_view provisioner;                   // volume.kubernetes.io/storage-provisioner
  std::string_view beta_provisioner;              // volume.beta.kubernetes.io/storage-provisioner

  // Keeps the annotation if it is one of these.
  void take(std::string_view key, std::string_view value);
};

// An in-tree PersistentVolume with these notes is served by CSI: it is static, was handed over, or
// was made by CSI in the first place.
bool is_migrated_volume(const MigrationNotes& notes);
// The same for a claim. True for the claim of an ordinary CSI volume, too: it says something about
// in-tree volumes only.
bool is_migrated_claim(const MigrationNotes& notes);

} // namespace syncer
