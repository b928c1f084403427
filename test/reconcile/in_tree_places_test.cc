#include "reconcile/in_tree_places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace syncer {
namespace {

using ::testing::HasSubstr;

DatastorePlace place(const std::string& path) {
  return {"ds", path, path.substr(path.rfind('/') + 1)};
}

const std::vector<DatastorePlace> kEverywhere{place("/DC0"), place("/F0/DC1"), place("/F0/DC2"),
                                              place("/F1/DC2")};

struct PlacesRow {
  const char* name;
  std::vector<DatastorePlace> found;
  std::vector<std::string> configured;
  std::vector<std::string> expected; // inventory paths
};

class GoodPlaces : public ::testing::TestWithParam<PlacesRow> {};

TEST_P(GoodPlaces, AreTriedInTheirOrder) {
  const auto places = registration_places("ds", GetParam().found, GetParam().configured);

  ASSERT_TRUE(places) << places.error().detail;
  std::vector<std::string> paths;
  for (const DatastorePlace& one : *places) paths.push_back(one.datacenter_path);
  EXPECT_EQ(paths, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    InTreePlaces, GoodPlaces,
    ::testing::Values(
        PlacesRow{"NoneConfiguredAndOneFound", {place("/F0/DC1")}, {}, {"/F0/DC1"}},
        PlacesRow{"OnlyEmptyEntries", {place("/DC0")}, {"", "  "}, {"/DC0"}},
        PlacesRow{"ByBareName", kEverywhere, {"DC1"}, {"/F0/DC1"}},
        PlacesRow{"ByPath", kEverywhere, {"/F0/DC2"}, {"/F0/DC2"}},
        PlacesRow{"ByPathWithoutTheFirstSlash", kEverywhere, {"F1/DC2"}, {"/F1/DC2"}},
        PlacesRow{"Trimmed", kEverywhere, {" DC1 ", "\tDC0"}, {"/F0/DC1", "/DC0"}},
        PlacesRow{"OrderIsThatOfTheConfiguration",
                  kEverywhere,
                  {"/F1/DC2", "DC0", "/F0/DC1"},
                  {"/F1/DC2", "/DC0", "/F0/DC1"}},
        PlacesRow{"ConfiguredTwice", kEverywhere, {"DC0", "/DC0"}, {"/DC0"}},
        PlacesRow{"ThoseWithoutTheDatastoreAreSkipped", {place("/DC0")}, {"DC9", "DC0"}, {"/DC0"}},
        PlacesRow{"SpacesWithin", {place("/My F/DC 1")}, {"/My F/DC 1"}, {"/My F/DC 1"}}),
    [](const auto& row) { return row.param.name; });

TEST(InTreePlaces, AnUnescapedNameWithASlashIsABareName) {
  const DatastorePlace slashed{"ds", "/F0/a%2fb", "a/b"};

  const auto places = registration_places("ds", {slashed}, {"a/b"});

  ASSERT_TRUE(places);
  EXPECT_EQ(places->size(), 1u);
}

TEST(InTreePlaces, SeveralWithoutAConfigurationAreAllNamed) {
  const auto places = registration_places("ds", kEverywhere, {});

  ASSERT_FALSE(places);
  EXPECT_EQ(places.error().kind, ErrorKind::kRejected);
  EXPECT_THAT(places.error().detail, HasSubstr("datastore \"ds\""));
  EXPECT_THAT(places.error().detail, HasSubstr("/DC0, /F0/DC1, /F0/DC2, /F1/DC2"));
}

TEST(InTreePlaces, ABareNameOfTwoDatacentersIsAmbiguous) {
  const auto places = registration_places("ds", kEverywhere, {"DC0", "DC2"});

  ASSERT_FALSE(places);
  EXPECT_EQ(places.error().kind, ErrorKind::kRejected);
  EXPECT_THAT(places.error().detail, HasSubstr("(/F0/DC2, /F1/DC2)"));
  EXPECT_THAT(places.error().detail, HasSubstr("\"DC2\""));
}

TEST(InTreePlaces, ADatastoreThatIsMissingMayAppear) {
  const auto places = registration_places("ds", {}, {"DC0"});

  ASSERT_FALSE(places);
  EXPECT_EQ(places.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(places.error().detail, HasSubstr("no datastore \"ds\""));
}

TEST(InTreePlaces, ADatastoreElsewhereIsNotTaken) {
  const auto places = registration_places("ds", {place("/F0/DC1")}, {"DC0", "DC7"});

  ASSERT_FALSE(places);
  EXPECT_EQ(places.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(places.error().detail, HasSubstr("is in /F0/DC1"));
  EXPECT_THAT(places.error().detail, HasSubstr("(DC0, DC7)"));
}

} // namespace
} // namespace syncer
