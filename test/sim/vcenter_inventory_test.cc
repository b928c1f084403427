#include "sim/vcenter_inventory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/vcenter_probe.h"

namespace syncer::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

TEST(SimInventory, NamesAreStoredEscaped) {
  EXPECT_EQ(stored_name("a/b\\c%d e+"), "a%2fb%5cc%25d e+");
}

TEST(SimInventory, PathGoesThroughTheFoldersWithNamesAsStored) {
  SimInventory inventory;
  ASSERT_TRUE(inventory.add(SimDatacenter{"dc", "a/b", {"F 0", "50%"}}));

  EXPECT_EQ(SimInventory::path_of(*inventory.find({"Datacenter", "dc"})), "/F 0/50%25/a%2fb");
}

TEST(SimInventory, DatacenterIsMeantByPathOrName) {
  SimInventory inventory;
  ASSERT_TRUE(inventory.add(SimDatacenter{"dc-1", "DC", {"F0"}}));
  ASSERT_TRUE(inventory.add(SimDatacenter{"dc-2", "DC", {"F1"}}));

  EXPECT_THAT(inventory.datacenters("/F1/DC"), ElementsAre(inventory.find({"Datacenter", "dc-2"})));
  EXPECT_THAT(inventory.datacenters("DC"), SizeIs(2));
  EXPECT_THAT(inventory.datacenters("/DC"), IsEmpty());
}

TEST(SimInventory, DatastoreNameIsUniqueInItsDatacenterOnly) {
  SimInventory inventory;
  ASSERT_TRUE(inventory.add(SimDatacenter{"dc-1", "A"}));
  ASSERT_TRUE(inventory.add(SimDatacenter{"dc-2", "B"}));
  ASSERT_TRUE(inventory.add(SimDatastore{"ds-1", "x/y", "u1", "dc-1"}));
  ASSERT_TRUE(inventory.add(SimDatastore{"ds-2", "x/y", "u2", "dc-2", {"folder"}, "pod"}));
  const auto& second = *inventory.find({"Datacenter", "dc-2"});

  EXPECT_EQ(SimInventory::datastore_in(second, "x%2fy")->ref.id, "ds-2");
  EXPECT_EQ(SimInventory::datastore_in(second, "x/y")->ref.id, "ds-2");
  EXPECT_EQ(SimInventory::path_of(*inventory.find_datastore("ds-2")),
            "/B/datastore/folder/pod/x%2fy");
}

TEST(SimInventory, UnknownDatacenterAndTakenIdAreRefused) {
  SimInventory inventory;
  EXPECT_FALSE(inventory.add(SimDatastore{"ds-1", "x", "u"}));
  ASSERT_TRUE(inventory.add(SimDatacenter{"dc-1", "A"}));
  ASSERT_TRUE(inventory.add(SimDatastore{"ds-1", "x", "u"}));

  EXPECT_FALSE(inventory.add(SimDatastore{"ds-1", "y", "u"}));
  EXPECT_FALSE(inventory.add(SimDatastore{"ds-2", "y", "u", "dc-9"}));
  EXPECT_FALSE(inventory.add(SimDatacenter{"dc-1", "B"}));
}

// A tree with everything that makes a datastore hard to find.
class SimVcenterInventory : public VcenterProbe {
 protected:
  void begin(SimVcenterOptions options = SimVcenterOptions()) {
    options.datacenters.push_back({"datacenter-3", "DC 1", {"F0", "a/b"}});
    options.datastores.push_back({"datastore-21", "in folder", "ds:///2/", "datacenter-3", {"f"}});
    options.datastores.push_back({"datastore-22", "in pod", "ds:///3/", "datacenter-3", {}, "pod"});
    options.datastores.push_back({"datastore-23", "sim-datastore", "ds:///4/", "datacenter-3"});
    options.vms = {{"vm-1", "node-1", "4237-a", "5037-a"},
                   {"vm-2", "node-2", "4237-b", "", "datacenter-3"}};
    start(std::move(options));
    login();
  }
  Reply retrieve(const std::string& spec, const std::string& options = "") {
    return sdk(vim("RetrievePropertiesEx", "PropertyCollector", "propertyCollector",
                   "<specSet>" + spec + "</specSet><options>" + options + "</options>"));
  }
  static std::string wanted(const std::string& type, const std::string& paths) {
    std::string out = "<propSet><type>" + type + "</type>";
    for (std::size_t at = 0; at < paths.size();) {
      const std::size_t end = std::min(paths.find(' ', at), paths.size());
      out += "<pathSet>" + paths.substr(at, end - at) + "</pathSet>";
      at = end + 1;
    }
    return out + "</propSet>";
  }
  static std::string traversal(const std::string& name, const std::string& type,
                               const std::string& path, const std::string& next) {
    return R"(<selectSet xsi:type="TraversalSpec"><name>)" + name + "</name><type>" + type +
           "</type><path>" + path + "</path><skip>false</skip>" + next + "</selectSet>";
  }
  static std::string named(const std::string& name) {
    return R"(<selectSet xsi:type="SelectionSpec"><name>)" + name + "</name></selectSet>";
  }
  static std::string from(const std::string& type, const std::string& id, const std::string& rest) {
    return "<objectSet><obj type=\"" + type + "\">" + id + "</obj><skip>false</skip>" + rest +
           "</objectSet>";
  }
  // The walk from the root folder to all datastores.
  static std::string walk() {
    return wanted("Folder", "name parent") + wanted("Datacenter", "name parent") +
           wanted("Datastore", "name parent summary.url") +
           from("Folder", "group-d1",
                traversal("f", "Folder", "childEntity", named("f") + named("d")) +
                    traversal("d", "Datacenter", "datastoreFolder", named("f")));
  }
  Reply resume(const std::string& token) {
    return sdk(vim("ContinueRetrievePropertiesEx", "PropertyCollector", "propertyCollector",
                   "<token>" + token + "</token>"));
  }
};

TEST_F(SimVcenterInventory, WalkFromTheRootFindsDatastoresWhereverTheyHang) {
  begin();

  const Reply all = retrieve(walk());

  for (const char* id : {"datastore-11", "datastore-21", "datastore-22", "datastore-23"}) {
    EXPECT_EQ(all.count("<obj type=\"Datastore\">" + std::string(id) + "<"), 1) << id;
  }
  EXPECT_TRUE(all.has("<obj type=\"StoragePod\">"));
  EXPECT_TRUE(all.has("<val xsi:type=\"xsd:string\">a%2fb</val>"));
  EXPECT_TRUE(all.has("<val xsi:type=\"xsd:string\">ds:///3/</val>"));
  EXPECT_THAT(all.body, Not(HasSubstr("VirtualMachine")));
  EXPECT_EQ(vcenter_->record().violation_count, 0U);
}

TEST_F(SimVcenterInventory, ParentsLeadUpToTheRootWhichHasNone) {
  begin();

  const Reply chain = retrieve(
      wanted("ManagedEntity", "name parent") +
      from("Datastore", "datastore-22", traversal("p", "ManagedEntity", "parent", named("p"))));

  // The datastore, its pod, the datastore folder, the datacenter, two folders and the root.
  EXPECT_EQ(chain.count("<objects>"), 7);
  EXPECT_EQ(chain.count("<name>parent</name>"), 6);
}

TEST_F(SimVcenterInventory, PagesContinueByToken) {
  SimVcenterOptions options;
  options.retrieve_page = 5;
  begin(options);

  const Reply first = retrieve(walk());
  int objects = first.count("<objects>");
  EXPECT_EQ(objects, 5);
  std::string token = first.text("token");
  while (!token.empty()) {
    const Reply page = resume(token);
    objects += page.count("<objects>");
    token = page.text("token");
  }

  EXPECT_GT(objects, 10);
  EXPECT_EQ(retrieve(walk(), "<maxObjects>2</maxObjects>").count("<objects>"), 2);
}

TEST_F(SimVcenterInventory, TraversalThatDoesNotExistIsRefusedAndAViolation) {
  begin();
  const std::string props = wanted("Datastore", "name");

  EXPECT_EQ(retrieve(props + from("Folder", "group-d1", traversal("x", "Folder", "children", "")))
                .fault(),
            "InvalidProperty");
  EXPECT_EQ(
      retrieve(props + from("Folder", "group-d1", traversal("x", "Host", "parent", ""))).fault(),
      "InvalidProperty");
  EXPECT_EQ(retrieve(props + from("Folder", "group-d1",
                                  traversal("x", "Folder", "childEntity", named("y"))))
                .fault(),
            "InvalidArgument");
  EXPECT_EQ(vcenter_->record().violation_count, 3U);
}

TEST_F(SimVcenterInventory, UnknownPropertyAndObjectAreRefused) {
  begin();

  EXPECT_EQ(
      retrieve(wanted("Datastore", "nothing") + from("Datastore", "datastore-11", "")).fault(),
      "InvalidProperty");
  EXPECT_EQ(retrieve(wanted("Datastore", "name") + from("Datastore", "datastore-99", "")).fault(),
            "ManagedObjectNotFound");
}

TEST_F(SimVcenterInventory, DatastoreOnTheMoveIsMissedByOneRead) {
  begin();
  vcenter_->handle_admin("POST", "/sim/vcenter/miss_datastore",
                         R"({"datastore":"datastore-21","count":1})");

  EXPECT_FALSE(retrieve(walk()).has("datastore-21"));
  EXPECT_TRUE(retrieve(walk()).has("datastore-21"));
}

TEST_F(SimVcenterInventory, ContainerViewShowsTheTypesAskedFor) {
  begin();
  const auto shown = [&](const std::string& container, const std::string& types, bool recursive) {
    const std::string view = sdk(vim("CreateContainerView", "ViewManager", "ViewManager",
                                     container + types + "<recursive>" +
                                         (recursive ? "true" : "false") + "</recursive>"))
                                 .text("returnval");
    return retrieve(wanted("ManagedEntity", "name") + "<objectSet><obj type=\"ContainerView\">" +
                    view + "</obj><skip>true</skip>" + traversal("v", "ContainerView", "view", "") +
                    "</objectSet>")
        .count("<objects>");
  };
  const std::string root = "<container type=\"Folder\">group-d1</container>";
  const std::string datacenter = "<container type=\"Datacenter\">datacenter-3</container>";

  EXPECT_EQ(shown(root, "<type>Datastore</type>", true), 4);
  EXPECT_EQ(shown(root, "<type>Datacenter</type><type>StoragePod</type>", true), 3);
  EXPECT_EQ(shown(root, "", false), 2);
  EXPECT_EQ(shown(datacenter, "<type>Datastore</type>", true), 3);
}

TEST_F(SimVcenterInventory, VirtualMachineIsFoundByItsUuids) {
  begin();
  const auto search = [&](const std::string& parameters) {
    return sdk(vim("FindByUuid", "SearchIndex", "SearchIndex", parameters));
  };
  const std::string in = "<datacenter type=\"Datacenter\">datacenter-3</datacenter>";
  const std::string vm = "<vmSearch>true</vmSearch>";

  EXPECT_TRUE(search("<uuid>4237-a</uuid>" + vm).has("<returnval type=\"VirtualMachine\">vm-1<"));
  EXPECT_EQ(
      search("<uuid>5037-a</uuid>" + vm + "<instanceUuid>true</instanceUuid>").text("returnval"),
      "vm-1");
  EXPECT_EQ(search(in + "<uuid>4237-b</uuid>" + vm).text("returnval"), "vm-2");
  for (const std::string& none :
       {in + "<uuid>4237-a</uuid>" + vm, "<uuid>4237-z</uuid>" + vm, "<uuid>5037-a</uuid>" + vm,
        std::string("<uuid>4237-a</uuid><vmSearch>false</vmSearch>")}) {
    const Reply reply = search(none);
    EXPECT_EQ(reply.status, 200) << none;
    EXPECT_FALSE(reply.has("returnval")) << none;
  }
  EXPECT_EQ(search("<datacenter type=\"Datacenter\">datacenter-9</datacenter><uuid>u</uuid>" + vm)
                .fault(),
            "ManagedObjectNotFound");
}

TEST_F(SimVcenterInventory, AdminAddsToIt) {
  begin();
  const auto post = [&](const std::string& command, const std::string& body) {
    return vcenter_->handle_admin("POST", "/sim/vcenter/" + command, body).status;
  };

  EXPECT_EQ(post("put_datacenter", R"({"id":"dc-9","name":"New","folders":["F9"]})"), 200);
  EXPECT_EQ(post("put_datastore", R"({"id":"ds-9","name":"n","url":"u9","datacenter":"dc-9"})"),
            200);
  EXPECT_EQ(post("put_vm", R"({"name":"node-9","uuid":"u-9"})"), 200);
  EXPECT_EQ(post("put_datastore", R"({"name":"n","datacenter":"nowhere"})"), 400);

  EXPECT_TRUE(retrieve(walk()).has("ds-9"));
}

} // namespace
} // namespace syncer::sim
