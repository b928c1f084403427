#include "cns/disk_url.h"

#include <gtest/gtest.h>

namespace syncer {
namespace {

TEST(DiskPathOfUrl, IsWrittenAsInATreePath) {
  EXPECT_EQ(disk_path_of_url("https://vc/folder/kubevols/a.vmdk?dcPath=%2FDC0&dsName=ds"),
            "[ds] kubevols/a.vmdk");
  EXPECT_EQ(disk_path_of_url("https://vc:8443/folder/a%20b/c.vmdk?dsName=my%20ds&dcPath=x"),
            "[my ds] a b/c.vmdk");
}

TEST(DiskPathOfUrl, AnythingElseIsNone) {
  for (const char* const url :
       {"", "[ds] kubevols/a.vmdk", "https://vc/folder/a.vmdk", "https://vc/folder/?dsName=ds",
        "https://vc/folder/a.vmdk?dsName=", "https://vc/other/a.vmdk?dsName=ds",
        "https://vc/folder/a.vmdk?dcPath=x&"}) {
    EXPECT_EQ(disk_path_of_url(url), "") << url;
  }
}

} // namespace
} // namespace syncer
