// Node VMs and the tags above them, asked of a scripted vCenter.
#include "vcenter_script.h"

namespace syncer {
namespace {

using script::Vcenter;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using Tags = Outcome<std::vector<ObjectTags>>;
using Found = std::shared_ptr<std::optional<Tags>>;

constexpr const char* kUrn = "urn:vmomi:InventoryServiceTag:";
// "Administrator@vsphere.local:vc-pass"
constexpr const char* kBasic = "Basic QWRtaW5pc3RyYXRvckB2c3BoZXJlLmxvY2FsOnZjLXBhc3M=";

std::string object(const std::string& type, const std::string& id, const std::string& property,
                   const std::string& value) {
  std::string text = "<objects><obj type=\"" + type + "\">" + id + "</obj>";
  if (!value.empty()) {
    text += "<propSet><name>" + property +
            "</name><val xsi:type=\"ManagedObjectReference\" type=\"Any\">" + value +
            "</val></propSet>";
  }
  return text + "</objects>";
}

const std::string kAbove = object("Folder", "group-d1", "parent", "") +
                           object("ClusterComputeResource", "domain-c8", "parent", "group-d1") +
                           object("HostSystem", "host-22", "parent", "domain-c8");

std::string vm(const std::string& host) {
  return object("VirtualMachine", "vm-64", "runtime.host", host);
}

std::string urn(const std::string& name) { return kUrn + name + ":GLOBAL"; }

// What both generations of the API answer; the old one wraps it.
struct Dialect {
  const char* what;
  bool old;
  std::string session() const { return old ? "/rest/com/vmware/cis/session" : "/api/session"; }
  std::string tagging() const {
    return old ? "/rest/com/vmware/cis/tagging/" : "/api/cis/tagging/";
  }
  std::string listing() const {
    return tagging() + "tag-association?" + (old ? "~" : "") +
           "action=list-attached-tags-on-objects";
  }
  std::string read(const std::string& collection, const std::string& id) const {
    return tagging() + collection + (old ? "/id:" : "/") + urn(id);
  }
  std::string wrapped(const std::string& content) const {
    return old ? "{\"value\":" + content + "}" : content;
  }
};
const Dialect kNew{"new", false};
const Dialect kOld{"old", true};

struct Vc : Vcenter {
  Vc() { script_login(); }
  void script_vm(const std::string& objects = kAbove + vm("host-22")) {
    sdk("FindByUuid").reply(200, script::reference_answer("FindByUuid", "VirtualMachine", "vm-64"));
    sdk("RetrievePropertiesEx")
        .reply(200,
               script::answer("RetrievePropertiesEx", "<returnval>" + objects + "</returnval>"));
  }
  void script_tag_login(const Dialect& api) {
    if (api.old) http.expect("POST", "/api/session").reply(404, "page not found");
    http.expect("POST", api.session()).reply(api.old ? 200 : 201, api.wrapped("\"token-1\""));
  }
  void script_tag(const Dialect& api, const std::string& id, const std::string& category) {
    http.expect("GET", api.read("tag", id))
        .reply(200,
               api.wrapped("{\"name\":\"" + id + "\",\"category_id\":\"" + urn(category) + "\"}"));
    http.expect("GET", api.read("category", category))
        .reply(200, api.wrapped("{\"name\":\"" + category + "\"}"));
  }
  void script_logout(const Dialect& api) {
    http.expect("DELETE", api.session()).reply(api.old ? 200 : 204, "");
  }
  Found ask() { return start(api.nodes().tags_above_vm("4203-abcd")); }
};

std::string attached(const std::string& object_id, const std::string& tag) {
  return R"({"object_id":{"type":"T","id":")" + object_id + R"("},"tag_ids":[")" + urn(tag) +
         "\"]}";
}

std::vector<std::vector<std::string>> names(const Found& found) {
  std::vector<std::vector<std::string>> all;
  if (!*found || !**found) {
    ADD_FAILURE() << (*found ? (*found)->error().detail : "hangs");
    return all;
  }
  for (const ObjectTags& tags : ***found) {
    all.emplace_back();
    for (const AttachedTag& tag : tags) all.back().push_back(tag.category + "=" + tag.name);
  }
  return all;
}

Error error_of(const Found& found) {
  if (*found && !**found) return (*found)->error();
  ADD_FAILURE() << "no error";
  return Error();
}

TEST(NodeInventory, AsksAllDatacentersInLowerCase) {
  Vc vc;
  vc.sdk("FindByUuid")
      .body_contains(
          "<_this type=\"SearchIndex\">SearchIndex</_this><uuid>4203-abcd</uuid>"
          "<vmSearch>true</vmSearch><instanceUuid>false</instanceUuid></FindByUuid>")
      .reply(200, script::reference_answer("FindByUuid", "VirtualMachine", "vm-64"));

  const auto hit = vc.start(vc.api.nodes().has_vm(" 4203-ABCD\n"));

  ASSERT_TRUE(*hit && **hit);
  EXPECT_TRUE(***hit);
}

TEST(NodeInventory, InstanceUuidIsTheSecondTry) {
  for (const bool there : {true, false}) {
    Vc vc;
    vc.sdk("FindByUuid")
        .body_contains("<instanceUuid>false</instanceUuid>")
        .reply(200, script::answer("FindByUuid", ""));
    vc.sdk("FindByUuid")
        .body_contains("<instanceUuid>true</instanceUuid>")
        .reply(200, there ? script::reference_answer("FindByUuid", "VirtualMachine", "vm-64")
                          : script::answer("FindByUuid", ""));

    const auto result = vc.start(vc.api.nodes().has_vm("5037-a"));

    ASSERT_TRUE(*result && **result);
    EXPECT_EQ(***result, there);
    EXPECT_EQ(vc.http.unmet(), 0u);
  }
}

TEST(NodeInventory, FaultIsNoAnswer) {
  Vc vc;
  vc.sdk("FindByUuid").reply(500, script::fault_answer("NoPermission"));

  const auto result = vc.start(vc.api.nodes().has_vm("4203"));

  ASSERT_TRUE(*result);
  ASSERT_FALSE(**result);
  EXPECT_EQ((*result)->error().kind, ErrorKind::kRejected);
}

TEST(NodeInventory, EmptyUuidIsNotAsked) {
  Vcenter vc;

  const auto result = vc.start(vc.api.nodes().has_vm("  "));

  ASSERT_TRUE(*result);
  EXPECT_FALSE(**result);
  EXPECT_TRUE(vc.http.requests().empty());
}

class NodeTags : public testing::TestWithParam<Dialect> {};

TEST_P(NodeTags, ComeFromTheHostUpAndTheSessionEnds) {
  const Dialect& api = GetParam();
  Vc vc;
  vc.script_vm();
  vc.script_tag_login(api);
  vc.http.expect("POST", api.listing())
      .body_contains(R"({"object_ids":[{"id":"host-22","type":"HostSystem"},)"
                     R"({"id":"domain-c8","type":"ClusterComputeResource"},)"
                     R"({"id":"group-d1","type":"Folder"}]})")
      .reply(200,
             api.wrapped("[" + attached("domain-c8", "z1") + "," + attached("host-22", "r1") +
                         R"(,{"object_id":{"type":"Folder","id":"group-d1"},"tag_ids":null}])"));
  vc.script_tag(api, "r1", "region");
  vc.script_tag(api, "z1", "zone");
  vc.script_logout(api);

  const Found found = vc.ask();

  EXPECT_THAT(names(found),
              ElementsAre(ElementsAre("region=r1"), ElementsAre("zone=z1"), ElementsAre()));
  EXPECT_EQ(vc.http.unmet(), 0u);
  for (const HttpRequest& request : vc.http.requests()) {
    if (request.target.find("session") != std::string::npos && request.method == "POST") {
      EXPECT_EQ(header(request.headers, "Authorization"), kBasic);
    } else if (request.target.find("tagging") != std::string::npos) {
      EXPECT_EQ(header(request.headers, "vmware-api-session-id"), "token-1");
    }
  }
  EXPECT_THAT(vc.log_text.str(), Not(HasSubstr("token-1")));
  EXPECT_THAT(vc.log_text.str(), Not(HasSubstr("vc-pass")));
}

INSTANTIATE_TEST_SUITE_P(Generations, NodeTags, testing::Values(kNew, kOld),
                         [](const auto& row) { return std::string(row.param.what); });

TEST(NodeTags, UnknownMachineIsNotFoundAndNobodyLogsIn) {
  Vc vc;
  vc.sdk("FindByUuid").always().reply(200, script::answer("FindByUuid", ""));

  EXPECT_EQ(error_of(vc.ask()).kind, ErrorKind::kNotFound);
}

TEST(NodeTags, WhatIsAboveTheHostMustBeSeen) {
  Vc vc;
  vc.script_vm(object("Folder", "group-d1", "parent", "") +
               object("HostSystem", "host-22", "parent", "domain-c8") + vm("host-22"));

  const Error error = error_of(vc.ask());

  EXPECT_EQ(error.kind, ErrorKind::kTransient);
  EXPECT_THAT(error.detail, HasSubstr("what is above host-22 cannot all be read"));
}

TEST(NodeTags, MachineWithoutAHostIsTransient) {
  Vc vc;
  vc.script_vm(kAbove + vm(""));

  EXPECT_THAT(error_of(vc.ask()).detail, HasSubstr("vm-64 has no host"));
}

TEST(NodeTags, NoTagsAtAllMayBeNull) {
  Vc vc;
  vc.script_vm();
  vc.script_tag_login(kOld);
  vc.http.expect("POST", kOld.listing()).reply(200, R"({"value":null})");
  vc.script_logout(kOld);

  EXPECT_THAT(names(vc.ask()), ElementsAre(ElementsAre(), ElementsAre(), ElementsAre()));
}

TEST(NodeTags, TagThatIsDeletedMeanwhileIsLeftOut) {
  Vc vc;
  vc.script_vm();
  vc.script_tag_login(kNew);
  vc.http.expect("POST", kNew.listing())
      .reply(200, "[" + attached("host-22", "gone") + "," + attached("domain-c8", "z1") + "]");
  vc.http.expect("GET", kNew.read("tag", "gone")).reply(404, "{}");
  vc.script_tag(kNew, "z1", "zone");
  vc.script_logout(kNew);

  EXPECT_THAT(names(vc.ask()), ElementsAre(ElementsAre(), ElementsAre("zone=z1"), ElementsAre()));
}

TEST(NodeTags, IdThatIsNoneDoesNotBecomeAPath) {
  Vc vc;
  vc.script_vm();
  vc.script_tag_login(kNew);
  vc.http.expect("POST", kNew.listing())
      .reply(200, R"([{"object_id":{"type":"T","id":"host-22"},"tag_ids":["../session?x"]}])");
  vc.script_logout(kNew);

  EXPECT_EQ(error_of(vc.ask()).kind, ErrorKind::kRejected);
}

TEST(NodeTags, RefusedPasswordRests) {
  Vc vc;
  vc.script_vm();
  vc.http.expect("POST", "/api/session").reply(401, "");
  EXPECT_EQ(error_of(vc.ask()).kind, ErrorKind::kUnauthenticated);

  vc.script_vm();
  EXPECT_EQ(error_of(vc.ask()).kind, ErrorKind::kUnauthenticated); // no request: none is expected

  vc.sdk("Login").reply(200, script::login_answer()); // beside the session that stands
  vc.sdk("Logout").reply(200, script::answer("Logout", ""));
  vc.clock.advance(std::chrono::minutes(5));
  vc.script_vm();
  vc.script_tag_login(kNew);
  vc.http.expect("POST", kNew.listing()).reply(200, "[]");
  vc.script_logout(kNew);
  EXPECT_THAT(names(vc.ask()), ElementsAre(ElementsAre(), ElementsAre(), ElementsAre()));
}

// One wrong password must not count twice, once at each service.
TEST(NodeTags, WhatWasRefusedHereIsNotTriedElsewhere) {
  Vc vc;
  vc.script_vm();
  vc.http.expect("POST", "/api/session").reply(401, "");
  EXPECT_EQ(error_of(vc.ask()).kind, ErrorKind::kUnauthenticated);
  ASSERT_EQ(vc.count("Login"), 1u);

  vc.sdk("FindByUuid").reply(500, script::fault_answer("NotAuthenticated"));
  const Error error = error_of(vc.ask());
  EXPECT_EQ(error.kind, ErrorKind::kUnauthenticated);
  EXPECT_TRUE(error.unsent);
  EXPECT_EQ(vc.count("Login"), 1u);
}

TEST(NodeTags, LoginWaitsForTheOneThatRunsElsewhere) {
  Vc vc;
  vc.script_vm();
  Expectation& login = vc.http.expect("POST", "/api/session").reply(401, "").held();
  const Found asked = vc.ask();
  vc.cns("CnsQueryAllVolume").reply(500, script::fault_answer("NotAuthenticated"));
  vc.sdk("Logout").reply(500, script::fault_answer("NotAuthenticated"));

  const auto read = vc.start(vc.api.query_ids());
  EXPECT_FALSE(read->has_value());
  login.release();
  vc.clock.settle();

  EXPECT_EQ(error_of(asked).kind, ErrorKind::kUnauthenticated);
  ASSERT_TRUE(read->has_value());
  EXPECT_EQ((*read)->error().kind, ErrorKind::kUnauthenticated);
  EXPECT_EQ(vc.count("Login"), 1u);
}

TEST(NodeTags, OneLoginServesAllWhoAskAtTheSameTime) {
  Vc vc;
  vc.script_vm();
  vc.script_vm();
  Expectation& login = vc.http.expect("POST", "/api/session").reply(201, "\"token-1\"").held();
  vc.http.expect("POST", kNew.listing())
      .always()
      .reply(200, "[" + attached("host-22", "z1") + "," + attached("domain-c8", "z1") + "]");
  vc.script_tag(kNew, "z1", "zone"); // asked for once, or by both at once
  vc.script_tag(kNew, "z1", "zone");
  vc.script_logout(kNew);

  const Found one = vc.ask();
  const Found two = vc.ask();
  login.release();
  vc.clock.settle();

  EXPECT_THAT(names(one),
              ElementsAre(ElementsAre("zone=z1"), ElementsAre("zone=z1"), ElementsAre()));
  EXPECT_EQ(names(two), names(one));
  EXPECT_EQ(vc.http.unmet(), 0u);
}

TEST(NodeTags, SessionThatEndedIsOpenedOnceMore) {
  Vc vc;
  vc.script_vm();
  vc.script_tag_login(kNew);
  vc.http.expect("POST", kNew.listing()).reply(401, "");
  vc.script_tag_login(kNew);
  vc.http.expect("POST", kNew.listing()).reply(200, "[]");
  vc.script_logout(kNew);

  EXPECT_THAT(names(vc.ask()), ElementsAre(ElementsAre(), ElementsAre(), ElementsAre()));
  EXPECT_EQ(vc.http.unmet(), 0u);
}

TEST(NodeTags, EveryStepMayFailAndTheNextTryIsGood) {
  for (std::size_t step = 0; step < 10; ++step) {
    Vc vc;
    const auto script = [&vc] {
      vc.http.expect("POST", "/sdk")
          .body_contains("<FindByUuid ")
          .always()
          .reply(200, script::reference_answer("FindByUuid", "VirtualMachine", "vm-64"));
      vc.http.expect("POST", "/sdk")
          .body_contains("<RetrievePropertiesEx ")
          .always()
          .reply(200, script::answer("RetrievePropertiesEx",
                                     "<returnval>" + kAbove + vm("host-22") + "</returnval>"));
      vc.http.expect("POST", "/api/session").always().reply(201, "\"token-1\"");
      vc.http.expect("DELETE", "/api/session").always().reply(204, "");
      vc.http.expect("POST", kNew.listing())
          .always()
          .reply(200, "[" + attached("host-22", "z1") + "]");
      vc.http.expect("GET", "/tagging/tag/")
          .always()
          .reply(200, R"({"name":"z1","category_id":"c"})");
      vc.http.expect("GET", "/tagging/category/").always().reply(200, R"({"name":"zone"})");
    };
    script();
    vc.script_login();
    Error reset;
    reset.detail = "reset";
    vc.http.fail_request(step, reset);

    const Found first = vc.ask();
    ASSERT_TRUE(*first) << step;
    const Found second = vc.ask();

    EXPECT_THAT(names(second), ElementsAre(ElementsAre("zone=z1"), ElementsAre(), ElementsAre()))
        << step;
  }
}

} // namespace
} // namespace syncer
