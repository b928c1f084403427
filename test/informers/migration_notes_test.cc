#include "informers/migration_notes.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace syncer {
namespace {

constexpr const char* kMigratedTo = "pv.kubernetes.io/migrated-to";
constexpr const char* kProvisionedBy = "pv.kubernetes.io/provisioned-by";
constexpr const char* kProvisioner = "volume.kubernetes.io/storage-provisioner";
constexpr const char* kBetaProvisioner = "volume.beta.kubernetes.io/storage-provisioner";
constexpr const char* kCsi = "csi.vsphere.vmware.com";
constexpr const char* kInTree = "kubernetes.io/vsphere-volume";

struct Row {
  const char* name;
  std::vector<std::pair<const char*, const char*>> annotations;
  bool ours;
};

MigrationNotes notes_of(const Row& row) {
  MigrationNotes notes;
  notes.take("kubernetes.io/other", "x");
  for (const auto& [key, value] : row.annotations) notes.take(key, value);
  return notes;
}

TEST(MigrationNotes, VolumeIsServedByCsi) {
  const std::vector<Row> rows = {
      {"static", {}, true},
      {"static, whoever it was migrated to", {{kMigratedTo, "other"}}, true},
      {"in-tree, not handed over", {{kProvisionedBy, kInTree}}, false},
      {"in-tree, handed over", {{kProvisionedBy, kInTree}, {kMigratedTo, kCsi}}, true},
      {"in-tree, handed to another", {{kProvisionedBy, kInTree}, {kMigratedTo, "other"}}, false},
      {"made by CSI", {{kProvisionedBy, kCsi}}, true},
      {"made by CSI, migrated to another", {{kProvisionedBy, kCsi}, {kMigratedTo, "other"}}, true},
      {"made by another", {{kProvisionedBy, "other"}}, false},
      {"made by another, handed over", {{kProvisionedBy, "other"}, {kMigratedTo, kCsi}}, false},
      {"made by an empty name", {{kProvisionedBy, ""}}, false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(is_migrated_volume(notes_of(row)), row.ours) << row.name;
  }
}

TEST(MigrationNotes, ClaimIsServedByCsi) {
  const std::vector<Row> rows = {
      {"none", {}, false},
      {"CSI", {{kProvisioner, kCsi}}, true},
      {"CSI, beta", {{kBetaProvisioner, kCsi}}, true},
      {"CSI and another", {{kBetaProvisioner, kCsi}, {kProvisioner, "other"}}, true},
      {"in-tree, not handed over", {{kProvisioner, kInTree}}, false},
      {"handed over", {{kMigratedTo, kCsi}, {kProvisioner, kInTree}}, true},
      {"handed over, beta", {{kMigratedTo, kCsi}, {kBetaProvisioner, kInTree}}, true},
      {"handed over, never provisioned", {{kMigratedTo, kCsi}}, false},
      {"handed over, made by CSI", {{kMigratedTo, kCsi}, {kProvisioner, kCsi}}, false},
      {"handed to another", {{kMigratedTo, "other"}, {kProvisioner, kInTree}}, false},
      {"handed to nobody", {{kMigratedTo, ""}, {kProvisioner, kCsi}}, false},
  };
  for (const Row& row : rows) EXPECT_EQ(is_migrated_claim(notes_of(row)), row.ours) << row.name;
}

} // namespace
} // namespace syncer
