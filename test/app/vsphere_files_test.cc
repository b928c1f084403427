#include "app/vsphere_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "fakes/temp_dir.h"

namespace syncer {
namespace {

namespace fs = std::filesystem;

std::string config_with(const std::string& password) {
  return "[VirtualCenter \"vc\"]\nuser = u@d\npassword = " + password + "\n";
}

std::string password_of(const VSphereFiles& files) {
  return files.config().vcenters.at(0).password.reveal();
}

// A Secret as the kubelet mounts it: names lead over `..data` to a folder of this version.
class MountedSecret {
 public:
  explicit MountedSecret(const TempDir& dir) : dir_(dir) {}

  void replace(const std::map<std::string, std::string>& content) {
    const std::string version = "..version_" + std::to_string(++version_);
    fs::create_directory(dir_.path(version));
    for (const auto& [name, text] : content) dir_.write(version + "/" + name, text);
    fs::create_symlink(version, dir_.path("..data_tmp"));
    fs::rename(dir_.path("..data_tmp"), dir_.path("..data"));
    for (const auto& [name, text] : content) {
      if (!fs::is_symlink(dir_.path(name))) {
        fs::create_symlink(fs::path("..data") / name, dir_.path(name));
      }
    }
    if (version_ > 1) fs::remove_all(dir_.path("..version_" + std::to_string(version_ - 1)));
  }

 private:
  const TempDir& dir_;
  int version_ = 0;
};

TEST(VSphereFiles, ASwappedSecretIsAChangeAndTheSameContentIsNone) {
  const TempDir dir;
  MountedSecret secret(dir);
  secret.replace({{"csi-vsphere.conf", config_with("one")}});
  VSphereFiles files(dir.path("csi-vsphere.conf"), {});
  ASSERT_TRUE(files.load());
  EXPECT_FALSE(files.changed());

  secret.replace({{"csi-vsphere.conf", config_with("one")}});
  EXPECT_FALSE(files.changed());

  secret.replace({{"csi-vsphere.conf", config_with("two")}, {"vc.password", "three"}});
  EXPECT_TRUE(files.changed());
  ASSERT_TRUE(files.load());
  EXPECT_EQ(password_of(files), "three");
  EXPECT_FALSE(files.changed());
}

TEST(VSphereFiles, AnEditInPlaceIsAChange) {
  const TempDir dir;
  const std::string path = dir.write("csi-vsphere.conf", config_with("one"));
  VSphereFiles files(path, {});
  ASSERT_TRUE(files.load());

  dir.write("csi-vsphere.conf", config_with("two"));

  EXPECT_TRUE(files.changed());
}

TEST(VSphereFiles, AnInvalidFileLeavesTheOldConfigurationAndIsNotTriedAgain) {
  const TempDir dir;
  const std::string path = dir.write("csi-vsphere.conf", config_with("one"));
  VSphereFiles files(path, {});
  ASSERT_TRUE(files.load());

  dir.write("csi-vsphere.conf", config_with("\"two"));
  EXPECT_TRUE(files.changed());
  EXPECT_FALSE(files.load());
  EXPECT_TRUE(files.loaded());
  EXPECT_EQ(password_of(files), "one");
  EXPECT_FALSE(files.changed());

  fs::remove(path);
  EXPECT_TRUE(files.changed());
}

TEST(VSphereFiles, AFileThatIsInvalidFromTheStartIsTakenOnceItIsMended) {
  const TempDir dir;
  VSphereFiles files(dir.path("csi-vsphere.conf"), {});
  EXPECT_FALSE(files.load());
  EXPECT_FALSE(files.loaded());
  EXPECT_FALSE(files.changed());

  dir.write("csi-vsphere.conf", config_with("one"));

  EXPECT_TRUE(files.changed());
  EXPECT_TRUE(files.load());
  EXPECT_TRUE(files.loaded());
}

TEST(VSphereFiles, OnlyCredentialsDiffer) {
  VSphereConfig before;
  before.vcenters.resize(1);
  VSphereConfig now = before;
  now.vcenters[0].user = "u@d";
  now.vcenters[0].password = Secret("p");
  now.warnings = {"hm"};
  EXPECT_TRUE(only_credentials_differ(before, now));

  VSphereConfig other_ca = now;
  other_ca.vcenters[0].ca_pem = "CA";
  VSphereConfig other_host = now;
  other_host.vcenters[0].host = "b";
  VSphereConfig other_labels = now;
  other_labels.topology_categories = {"zone"};
  VSphereConfig more = now;
  more.vcenters.emplace_back();
  for (const VSphereConfig& other : {other_ca, other_host, other_labels, more}) {
    EXPECT_FALSE(only_credentials_differ(before, other));
  }
}

} // namespace
} // namespace syncer
