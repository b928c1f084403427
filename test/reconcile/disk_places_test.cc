#include "reconcile/disk_places.h"

#include <gtest/gtest.h>

#include <ostream>

namespace syncer {
namespace {

struct Case {
  const char* name;
  const char* named;
  const char* shown;
  Whereabouts where;
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.named << " | " << one.shown; }

class ComparePlaces : public testing::TestWithParam<Case> {};

TEST_P(ComparePlaces, Says) {
  const Outcome<VmdkPath> named = parse_vmdk_path(GetParam().named);
  const Outcome<VmdkPath> shown = parse_vmdk_path(GetParam().shown);
  ASSERT_TRUE(named);
  ASSERT_TRUE(shown);

  EXPECT_EQ(compare_places(*named, *shown), GetParam().where);
}

INSTANTIATE_TEST_SUITE_P(
    All, ComparePlaces,
    testing::Values(
        Case{"Same", "[ds] kubevols/a.vmdk", "[ds] kubevols/a.vmdk", Whereabouts::kSame},
        Case{"DatastoreCluster", "[pod/ds] kubevols/a.vmdk", "[ds] kubevols/a.vmdk",
             Whereabouts::kSame},
        Case{"Slashes", "[ds] /kubevols//a.vmdk", "[ds] kubevols/a.vmdk", Whereabouts::kSame},
        Case{"Blanks", " [ds]kubevols/a.vmdk", "[ds] kubevols/a.vmdk", Whereabouts::kSame},
        Case{"Snapshot", "[ds] kubevols/a.vmdk", "[ds] kubevols/a-000002.vmdk", Whereabouts::kSame},
        Case{"DigitsOfAName", "[ds] kubevols/a-0000021.vmdk", "[ds] kubevols/a.vmdk",
             Whereabouts::kMoved},
        Case{"OtherFolder", "[ds] kubevols/a.vmdk", "[ds] vm-1/a.vmdk", Whereabouts::kMoved},
        Case{"OtherFile", "[ds] kubevols/a.vmdk", "[ds] kubevols/vm_1.vmdk", Whereabouts::kMoved},
        Case{"OtherDatastoreAndFolder", "[ds] kubevols/a.vmdk", "[ds2] fcd/a.vmdk",
             Whereabouts::kMoved},
        Case{"OtherDatastore", "[ds] kubevols/a.vmdk", "[ds2] kubevols/a.vmdk",
             Whereabouts::kOtherDatastore},
        Case{"VsanFolder", "[vsan] kubevols/a.vmdk",
             "[vsan] 52e8f1a2-90b1-4c3d-8e4f-0123456789ab/a.vmdk", Whereabouts::kUnclear},
        Case{"OtherVsanObject", "[vsan] 52e8f1a2-90b1-4c3d-8e4f-0123456789ab/a.vmdk",
             "[vsan] 62e8f1a2-90b1-4c3d-8e4f-0123456789ab/a.vmdk", Whereabouts::kMoved},
        Case{"OtherFileOnVsan", "[vsan] kubevols/a.vmdk",
             "[vsan] 52e8f1a2-90b1-4c3d-8e4f-0123456789ab/b.vmdk", Whereabouts::kMoved}),
    [](const auto& one) { return std::string(one.param.name); });

} // namespace
} // namespace syncer
