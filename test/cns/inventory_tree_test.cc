// Inventory requests, pages and datacenter paths, without a server.
#include <gmock/gmock.h>

#include "cns/inventory.h"
#include "cns/node_codec.h"
#include "cns/pbm.h"
#include "golden.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(InventoryRequest, WalksDatacenterAndDatastoreFolders) {
  const std::string sets =
      "propSet{type{Folder}pathSet{name}pathSet{parent}}"
      "propSet{type{Datacenter}pathSet{name}pathSet{parent}}"
      "propSet{type{Datastore}pathSet{name}pathSet{parent}}";
  EXPECT_EQ(
      canonical_request(retrieve_datastores_request({"PropertyCollector", "pc"}, {"Folder", "g"})),
      "urn:vim25 RetrievePropertiesEx{_this@PropertyCollector{pc}specSet{" + sets +
          "objectSet{obj@Folder{g}skip{false}"
          "selectSet:TraversalSpec{name{f}type{Folder}path{childEntity}skip{false}"
          "selectSet:SelectionSpec{name{f}}selectSet:SelectionSpec{name{d}}}"
          "selectSet:TraversalSpec{name{d}type{Datacenter}path{datastoreFolder}skip{false}"
          "selectSet:SelectionSpec{name{f}}}}}options{}}");
  EXPECT_EQ(canonical_request(continue_retrieve_request({"PropertyCollector", "pc"}, "t<1>")),
            "urn:vim25 ContinueRetrievePropertiesEx{_this@PropertyCollector{pc}token{t<1>}}");
}

TEST(PbmRequest, QueryNestsTheResourceTypeTwice) {
  EXPECT_EQ(canonical_request(pbm_query_request()),
            "urn:pbm PbmQueryProfile{_this@PbmProfileProfileManager{ProfileManager}"
            "resourceType{resourceType{STORAGE}}profileCategory{REQUIREMENT}}");
  EXPECT_EQ(canonical_request(pbm_retrieve_request({"a", "b"})),
            "urn:pbm PbmRetrieveContent{_this@PbmProfileProfileManager{ProfileManager}"
            "profileIds{uniqueId{a}}profileIds{uniqueId{b}}}");
}

struct NameCase {
  const char* stored;
  const char* meant;
};

class UnescapedName : public testing::TestWithParam<NameCase> {};

TEST_P(UnescapedName, ThreeEscapesAndNothingElse) {
  EXPECT_EQ(unescaped_name(GetParam().stored), GetParam().meant);
}

INSTANTIATE_TEST_SUITE_P(Names, UnescapedName,
                         testing::Values(NameCase{"", ""}, NameCase{"plain name", "plain name"},
                                         NameCase{"a%2fb", "a/b"}, NameCase{"a%2Fb", "a/b"},
                                         NameCase{"%5c%5C", "\\\\"}, NameCase{"100%25", "100%"},
                                         NameCase{"%252f", "%2f"}, NameCase{"%2", "%2"},
                                         NameCase{"%", "%"}, NameCase{"a+b%20c", "a+b%20c"},
                                         NameCase{"%%2f", "%/"}, NameCase{"%35", "%35"}));

InventoryObject object(const std::string& type, const std::string& id, const std::string& name,
                       const std::string& parent) {
  return InventoryObject{{type, id}, name, parent};
}

InventoryTree tree_of(std::vector<InventoryObject> objects) {
  InventoryTree tree("root");
  tree.add(object("Folder", "root", "Datacenters", ""));
  for (InventoryObject& one : objects) tree.add(std::move(one));
  return tree;
}

TEST(InventoryTree, PathIsThatOfTheDatacenterNotOfTheDatastore) {
  const InventoryTree tree = tree_of({
      object("Datacenter", "dc", "DC 1", "root"),
      object("Folder", "ds-root", "datastore", "dc"),
      object("Folder", "ds-folder", "fast", "ds-root"),
      object("StoragePod", "pod", "POD", "ds-folder"),
      object("Datastore", "ds", "vsan%2fone", "pod"),
  });

  const InventoryTree::Found found = tree.datastores("vsan/one");

  ASSERT_THAT(found.places, SizeIs(1));
  EXPECT_EQ(found.places[0].name, "vsan/one");
  EXPECT_EQ(found.places[0].datacenter_path, "/DC 1");
  EXPECT_EQ(found.places[0].datacenter_name, "DC 1");
  EXPECT_EQ(found.unplaced, 0u);
}

TEST(InventoryTree, FoldersAboveTheDatacenterKeepTheirEscapes) {
  const InventoryTree tree = tree_of({
      object("Folder", "f0", "F%2f0", "root"),
      object("Folder", "f1", "F 1", "f0"),
      object("Datacenter", "dc", "DC%25", "f1"),
      object("Folder", "ds-root", "datastore", "dc"),
      object("Datastore", "ds", "ds", "ds-root"),
  });

  const InventoryTree::Found found = tree.datastores("ds");

  ASSERT_THAT(found.places, SizeIs(1));
  EXPECT_EQ(found.places[0].datacenter_path, "/F%2f0/F 1/DC%25");
  EXPECT_EQ(found.places[0].datacenter_name, "DC%");
}

TEST(InventoryTree, OneNameInSeveralDatacentersIsFoundInAll) {
  const InventoryTree tree = tree_of({
      object("Datacenter", "dc2", "B", "root"),
      object("Folder", "f2", "datastore", "dc2"),
      object("Datastore", "ds2", "ds", "f2"),
      object("Datacenter", "dc1", "A", "root"),
      object("Folder", "f1", "datastore", "dc1"),
      object("Datastore", "ds1", "ds", "f1"),
      object("Datastore", "ds3", "DS", "f1"),
  });

  const InventoryTree::Found found = tree.datastores("ds");

  ASSERT_THAT(found.places, SizeIs(2));
  EXPECT_EQ(found.places[0].datacenter_path, "/A");
  EXPECT_EQ(found.places[1].datacenter_path, "/B");
}

TEST(InventoryTree, BrokenChainIsCountedNotGuessed) {
  const InventoryTree tree = tree_of({
      object("Datastore", "ds1", "ds", "never-seen"),
      object("Folder", "a", "a", "b"),
      object("Folder", "b", "b", "a"),
      object("Datastore", "ds2", "ds", "a"),
      object("Folder", "loose", "loose", "root"),
      object("Datastore", "ds3", "ds", "loose"),
      object("Datacenter", "nameless", "", "root"),
      object("Datastore", "ds4", "ds", "nameless"),
  });

  const InventoryTree::Found found = tree.datastores("ds");

  EXPECT_THAT(found.places, IsEmpty());
  EXPECT_EQ(found.unplaced, 4u);
}

TEST(InventoryTree, FolderOfTheSameNameIsNoDatastore) {
  const InventoryTree tree = tree_of({object("Folder", "f", "ds", "root")});
  EXPECT_THAT(tree.datastores("ds").places, IsEmpty());
  EXPECT_EQ(tree.datastores("ds").unplaced, 0u);
}

class InventoryGolden : public testing::TestWithParam<const char*> {};

TEST_P(InventoryGolden, FindByUuid) {
  std::string recorded =
      canonical_request(golden(GetParam(), "19-find-vm-by-uuid.4-", ".request.xml"));
  // They ask datacenter by datacenter, we ask once.
  const std::size_t from = recorded.find("datacenter@");
  ASSERT_NE(from, std::string::npos);
  recorded.erase(from, recorded.find('}', from) + 1 - from);
  const std::size_t uuid = recorded.find("uuid{") + 5;
  const std::string text = recorded.substr(uuid, recorded.find('}', uuid) - uuid);
  EXPECT_EQ(canonical_request(find_vm_request({"SearchIndex", "SearchIndex"}, text, false)),
            recorded);

  const auto hit = parsed(golden(GetParam(), "19-find-vm-by-uuid.4-", ".response.xml"));
  EXPECT_EQ(reference_of(hit->result()).type, "VirtualMachine");
  const auto miss = parsed(golden(GetParam(), "19-find-vm-by-uuid.5-", ".response.xml"));
  EXPECT_FALSE(miss->result());
}

INSTANTIATE_TEST_SUITE_P(Wire, InventoryGolden,
                         testing::Values("vcsim-main-0.55", "vcsim-0.24.2-debian"));

TEST(InventoryGoldenMain, RecordedObjectsMakeAPath) {
  const std::string folder = "vcsim-main-0.55";
  const InventoryPage above =
      read_inventory_page(*parsed(golden(folder, "14-find-datastores.2-", ".response.xml")));
  InventoryPage datastores =
      read_inventory_page(*parsed(golden(folder, "14-find-datastores.3-", ".response.xml")));
  EXPECT_EQ(above.token, "");
  ASSERT_THAT(above.objects, SizeIs(3));
  ASSERT_THAT(datastores.objects, SizeIs(2));

  InventoryTree tree("group-d1");
  for (const InventoryObject& one : above.objects) tree.add(one);
  for (InventoryObject& one : datastores.objects) {
    one.parent = "group-4"; // They asked for the names alone.
    tree.add(one);
  }

  const InventoryTree::Found found = tree.datastores("LocalDS_1");
  ASSERT_THAT(found.places, SizeIs(1));
  EXPECT_EQ(found.places[0].datacenter_path, "/DC0");
}

TEST(PbmAnswers, PrefixedTypesAreRead) {
  const auto ids = parsed(
      "<Envelope><Body><PbmQueryProfileResponse><returnval><uniqueId>a</uniqueId></returnval>"
      "<returnval><uniqueId>b</uniqueId></returnval></PbmQueryProfileResponse></Body></Envelope>");
  EXPECT_THAT(read_pbm_ids(*ids), ElementsAre("a", "b"));

  const auto content = parsed(
      "<Envelope xmlns:xsi='i'><Body><PbmRetrieveContentResponse>"
      "<returnval xsi:type='pbm:PbmCapabilityProfile'><profileId><uniqueId>a</uniqueId></profileId>"
      "<name>Gold &amp; old</name><constraints><name>inner</name></constraints></returnval>"
      "</PbmRetrieveContentResponse></Body></Envelope>");
  const std::vector<StoragePolicy> policies = read_pbm_policies(*content);
  ASSERT_THAT(policies, SizeIs(1));
  EXPECT_EQ(policies[0].name, "Gold & old");
  EXPECT_EQ(policies[0].id, "a");
}

} // namespace
} // namespace syncer
