#include "sim/vcenter_disk_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace syncer::sim {
namespace {

using testing::HasSubstr;

struct Wrong {
  const char* name;
  const char* text;
  const char* told;
};

class WrongDiskUrl : public testing::TestWithParam<Wrong> {};

TEST_P(WrongDiskUrl, IsRefused) {
  EXPECT_THAT(read_disk_url(GetParam().text).wrong, HasSubstr(GetParam().told));
}

INSTANTIATE_TEST_SUITE_P(
    Each, WrongDiskUrl,
    testing::Values(
        Wrong{"Scheme", "http://vc/folder/x.vmdk?dcPath=d&dsName=n", "not https"},
        Wrong{"Host", "https:///folder/x.vmdk?dcPath=d&dsName=n", "no host"},
        Wrong{"User", "https://u@vc/folder/x.vmdk?dcPath=d&dsName=n", "user names"},
        Wrong{"Port", "https://vc:444/folder/x.vmdk?dcPath=d&dsName=n", "port"},
        Wrong{"Folder", "https://vc/x.vmdk?dcPath=d&dsName=n", "/folder/"},
        Wrong{"NoPath", "https://vc/folder/?dcPath=d&dsName=n", "path is empty"},
        Wrong{"QuestionMarkInThePath", "https://vc/folder/a?b.vmdk?dcPath=d&dsName=n", "unknown"},
        Wrong{"HashInThePath", "https://vc/folder/a#b.vmdk?dcPath=d&dsName=n", "fragment"},
        Wrong{"PercentInThePath", "https://vc/folder/50%.vmdk?dcPath=d&dsName=n", "badly encoded"},
        Wrong{"NoDatacenter", "https://vc/folder/x.vmdk?dsName=n", "dcPath is missing"},
        Wrong{"NoDatastore", "https://vc/folder/x.vmdk?dcPath=d", "dsName is missing"},
        Wrong{"BlankInTheDatacenter", "https://vc/folder/x.vmdk?dcPath=a b&dsName=n", "badly"},
        Wrong{"AmpersandInTheName", "https://vc/folder/x.vmdk?dcPath=d&dsName=a&b", "unknown"},
        Wrong{"Twice", "https://vc/folder/x.vmdk?dcPath=d&dsName=n&dsName=n", "twice"}),
    [](const auto& info) { return info.param.name; });

TEST(DiskUrl, EveryPartIsDecodedOnce) {
  const DiskUrl url = read_disk_url(
      "https://VC.Example:443/folder/kube%20vols/"
      "a%2525+b.vmdk?dcPath=%2FF0%2FDC%25201&dsName=n+%5B");

  EXPECT_EQ(url.wrong, "");
  EXPECT_EQ(url.host, "vc.example");
  EXPECT_EQ(url.path, "kube vols/a%25+b.vmdk");
  EXPECT_EQ(url.datacenter, "/F0/DC%201");
  EXPECT_EQ(url.datastore_name, "n+[");
}

TEST(DiskUrl, BlanksOfThePathMayStand) {
  EXPECT_EQ(read_disk_url("https://vc/folder/kube vols/x.vmdk?dcPath=d&dsName=n").path,
            "kube vols/x.vmdk");
}

TEST(DiskUrl, AddressOfTheSixthVersionIsAHost) {
  EXPECT_EQ(read_disk_url("https://[fd00::1]/folder/x.vmdk?dcPath=d&dsName=n").host, "fd00::1");
}

} // namespace
} // namespace syncer::sim
