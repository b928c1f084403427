#include "operators/migration_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::SizeIs;

MigrationRecord record(const char* id, const char* path, std::int64_t created = 100) {
  MigrationRecord made;
  made.id = id;
  made.path = path;
  made.created = created;
  return made;
}

TEST(MigrationTable, ObjectLeadsFromItsPathToItsVolumeAndBack) {
  MigrationTable table;
  EXPECT_THAT(table.put_object("v1", record("v1", "[ds] a.vmdk")), SizeIs(1));

  EXPECT_THAT(table.find("[ds] a.vmdk"), Optional(VolumeId("v1")));
  EXPECT_THAT(table.paths_of("v1"), ElementsAre("[ds] a.vmdk"));
  EXPECT_THAT(table.put_object("v1", record("v1", "[ds] a.vmdk")), IsEmpty());

  EXPECT_THAT(table.remove_object("v1"), SizeIs(1));
  EXPECT_EQ(table.find("[ds] a.vmdk"), std::nullopt);
  EXPECT_THAT(table.paths_of("v1"), IsEmpty());
  EXPECT_THAT(table.remove_object("v1"), IsEmpty());
}

TEST(MigrationTable, ChangedPathTellsBothPaths) {
  MigrationTable table;
  table.put_object("v1", record("v1", "old"));

  const auto changed = table.put_object("v1", record("v1", "new"));

  ASSERT_EQ(changed.size(), 2u);
  EXPECT_EQ(table.find("old"), std::nullopt);
  EXPECT_THAT(table.find("new"), Optional(VolumeId("v1")));
}

TEST(MigrationTable, NewestOfSeveralObjectsForOnePathCounts) {
  MigrationTable table;
  table.put_object("new", record("new", "p", 200));
  table.put_object("old", record("old", "p", 100));
  EXPECT_THAT(table.find("p"), Optional(VolumeId("new")));

  table.remove_object("new");

  EXPECT_THAT(table.find("p"), Optional(VolumeId("old")));
}

TEST(MigrationTable, AliasIsKnownBesideTheObjectOfAnotherSpelling) {
  MigrationTable table;
  table.put_object("v1", record("v1", "[ds] a.vmdk"));
  table.put_alias(record("v1", "[cluster/ds] a.vmdk"));

  EXPECT_THAT(table.find("[cluster/ds] a.vmdk"), Optional(VolumeId("v1")));
  EXPECT_THAT(table.find("[ds] a.vmdk"), Optional(VolumeId("v1")));
  EXPECT_THAT(table.paths_of("v1"), ElementsAre("[cluster/ds] a.vmdk", "[ds] a.vmdk"));
  table.listed();
  table.listed();
  EXPECT_EQ(table.aliases(), 1u);

  EXPECT_THAT(table.remove_object("v1"), SizeIs(2));
  EXPECT_EQ(table.find("[cluster/ds] a.vmdk"), std::nullopt);
  EXPECT_THAT(table.paths_of("v1"), IsEmpty());
}

TEST(MigrationTable, OwnRegistrationBeatsAnOlderObjectWhateverTheClocksSay) {
  MigrationTable table;
  table.put_object("old", record("old", "p", 500));

  table.put_alias(record("new", "p", 100));
  EXPECT_THAT(table.find("p"), Optional(VolumeId("new")));
  table.put_object("old", record("old", "p", 500)); // shown again by a list
  EXPECT_THAT(table.find("p"), Optional(VolumeId("new")));

  table.put_object("new", record("new", "p", 501));
  EXPECT_THAT(table.find("p"), Optional(VolumeId("new")));
  EXPECT_EQ(table.aliases(), 0u);
}

TEST(MigrationTable, NewerObjectBeatsTheAlias) {
  MigrationTable table;
  table.put_alias(record("v1", "p", 100));

  table.put_object("v2", record("v2", "p", 101));

  EXPECT_THAT(table.find("p"), Optional(VolumeId("v2")));
  EXPECT_THAT(table.paths_of("v1"), IsEmpty());
}

TEST(MigrationTable, RegistrationThatTwoListsDoNotShowIsForgotten) {
  MigrationTable table;
  table.put_alias(record("v1", "p"));

  table.listed();
  EXPECT_THAT(table.find("p"), Optional(VolumeId("v1")));
  table.listed();

  EXPECT_EQ(table.find("p"), std::nullopt);
}

TEST(MigrationTable, AliasesHaveACap) {
  MigrationTable table;
  for (std::size_t i = 0; i <= MigrationTable::kMaxAliases; ++i) {
    const std::string text = std::to_string(i);
    table.put_alias(record(text.c_str(), text.c_str()));
  }

  EXPECT_EQ(table.aliases(), MigrationTable::kMaxAliases);
  EXPECT_EQ(table.evicted(), 1u);
}

} // namespace
} // namespace syncer
