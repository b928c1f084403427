// The Automation REST API as far as tags go, asked over a socket.
#include "sim/vcenter_tags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/vcenter_probe.h"

namespace syncer::sim {
namespace {

using nlohmann::json;
using testing::SizeIs;

// Administrator@vsphere.local:vc-pass and ...:wrong
constexpr const char* kGood = "Basic QWRtaW5pc3RyYXRvckB2c3BoZXJlLmxvY2FsOnZjLXBhc3M=";
constexpr const char* kWrong = "Basic QWRtaW5pc3RyYXRvckB2c3BoZXJlLmxvY2FsOndyb25n";
constexpr const char* kListNew =
    "/api/cis/tagging/tag-association?action=list-attached-tags-on-objects";
constexpr const char* kListOld =
    "/rest/com/vmware/cis/tagging/tag-association?~action=list-attached-tags-on-objects";
const std::string kHostBody = R"({"object_ids":[{"type":"HostSystem","id":"host-1"}]})";

class SimTagsTest : public VcenterProbe {
 protected:
  void begin(SimVcenterOptions options = SimVcenterOptions()) {
    options.esx_hosts = {{"host-1", "esx-1", "cluster-a"}};
    options.vms = {{"vm-1", "node-1", "4237-a", "", "", "host-1"}};
    start(std::move(options));
    vcenter_->tags().attach("zone", "z1", {"HostSystem", "host-1"});
  }
  HttpResponse rest(const std::string& method, const std::string& target, Headers headers,
                    const std::string& body = "") {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.headers = std::move(headers);
    request.body = body;
    if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    std::optional<Outcome<HttpResponse>> got;
    asio::co_spawn(io_,
                   client_->send(std::move(request),
                                 Clock::time_point::clock::now() + std::chrono::seconds(20)),
                   [&got](std::exception_ptr failure, Outcome<HttpResponse> answer) {
                     if (failure) std::rethrow_exception(failure);
                     got = std::move(answer);
                   });
    EXPECT_TRUE(run_until([&] { return got.has_value(); }));
    return got && *got ? **got : HttpResponse();
  }
  HttpResponse tag_login(const char* basic = kGood, const char* path = "/api/session") {
    return rest("POST", path, {{"Authorization", basic}});
  }
  Headers token() {
    return {{"vmware-api-session-id", json::parse(tag_login().body).get<std::string>()}};
  }
  std::size_t violations() const { return vcenter_->record().violations.size(); }
};

TEST_F(SimTagsTest, BothGenerationsTellTheSame) {
  begin();
  const Headers session = token();
  const json listed = json::parse(rest("POST", kListNew, session, kHostBody).body);
  ASSERT_THAT(listed, SizeIs(1));
  const std::string id = listed[0]["tag_ids"][0];
  const json tag = json::parse(rest("GET", "/api/cis/tagging/tag/" + id, session).body);
  EXPECT_EQ(tag["name"], "z1");
  const std::string category = tag["category_id"];
  EXPECT_EQ(json::parse(rest("GET", "/api/cis/tagging/category/" + category, session).body)["name"],
            "zone");

  EXPECT_EQ(json::parse(rest("POST", kListOld, session, kHostBody).body)["value"], listed);
  EXPECT_EQ(json::parse(rest("GET", "/rest/com/vmware/cis/tagging/tag/id:" + id, session).body),
            json({{"value", tag}}));
  EXPECT_EQ(rest("DELETE", "/api/session", session).status, 204);
  EXPECT_EQ(vcenter_->tags().sessions(), 0U);
  EXPECT_EQ(rest("POST", kListNew, session, kHostBody).status, 401);
  EXPECT_EQ(violations(), 0U);
}

TEST_F(SimTagsTest, OlderServerHasTheOldApiOnly) {
  SimVcenterOptions options;
  options.serve_api = false;
  begin(options);

  EXPECT_EQ(tag_login().status, 404);
  const HttpResponse old = tag_login(kGood, "/rest/com/vmware/cis/session");

  EXPECT_EQ(old.status, 200);
  EXPECT_TRUE(json::parse(old.body)["value"].is_string());
}

TEST_F(SimTagsTest, WrongPasswordCountsTowardsTheLockout) {
  SimVcenterOptions options;
  options.lockout_after = 2;
  begin(options);

  EXPECT_EQ(tag_login(kWrong).status, 401);
  EXPECT_FALSE(vcenter_->sessions().locked());
  EXPECT_EQ(tag_login(kWrong).status, 401);

  EXPECT_TRUE(vcenter_->sessions().locked());
  EXPECT_EQ(tag_login().status, 401);
  EXPECT_EQ(try_login().fault(), "InvalidLogin");
}

TEST_F(SimTagsTest, WhatNoCorrectClientSendsIsRefused) {
  begin();
  const Headers session = token();
  EXPECT_EQ(rest("POST", "/api/session", {}).status, 401);
  EXPECT_EQ(rest("POST", "/api/session", {{"Authorization", "Basic !"}}).status, 401);
  EXPECT_EQ(rest("POST", kListNew, {}, kHostBody).status, 401);
  for (const char* body : {"x", "{}", R"({"object_ids":[]})", R"({"object_ids":[{"id":"host-1"}]})",
                           R"({"object_ids":[{"type":"HostSystem","id":"host-1","more":1}]})",
                           R"({"object_ids":[{"type":"VirtualMachine","id":"host-1"}]})",
                           R"({"object_ids":[{"type":"HostSystem","id":"host-1"}],"more":1})"}) {
    EXPECT_EQ(rest("POST", kListNew, session, body).status, 400) << body;
  }
  EXPECT_EQ(violations(), 10U);
  // The ways of one API are not those of the other.
  EXPECT_EQ(rest("POST", "/api/cis/tagging/tag-association?~action=list-attached-tags-on-objects",
                 session, kHostBody)
                .status,
            404);
  EXPECT_EQ(rest("GET", "/api/cis/tagging/tag/id:x", session).status, 404);
  EXPECT_EQ(rest("PUT", "/api/session", session).status, 404);
}

TEST_F(SimTagsTest, ObjectsWithoutTagsAreLeftOutAndNoneIsNull) {
  begin();
  const Headers session = token();
  vcenter_->tags().detach("zone", "z1");

  EXPECT_EQ(rest("POST", kListNew, session, kHostBody).body, "null");
}

TEST_F(SimTagsTest, ForgottenTagIsListedAndNotFound) {
  begin();
  const Headers session = token();
  vcenter_->tags().forget("zone", "z1");

  const json listed = json::parse(rest("POST", kListNew, session, kHostBody).body);

  const std::string id = listed[0]["tag_ids"][0];
  EXPECT_EQ(rest("GET", "/api/cis/tagging/tag/" + id, session).status, 404);
}

TEST_F(SimTagsTest, MachineLeadsToItsHostAndUpToTheRoot) {
  begin();
  login();
  const std::string up =
      R"(<selectSet xsi:type="SelectionSpec"><name>p</name></selectSet></selectSet>)";

  const Reply above =
      sdk(vim("RetrievePropertiesEx", "PropertyCollector", "propertyCollector",
              "<specSet><propSet><type>ManagedEntity</type><pathSet>parent</pathSet></propSet>"
              "<propSet><type>VirtualMachine</type><pathSet>runtime.host</pathSet></propSet>"
              "<objectSet><obj type=\"VirtualMachine\">vm-1</obj><skip>false</skip>"
              "<selectSet xsi:type=\"TraversalSpec\"><name>h</name><type>VirtualMachine</type>"
              "<path>runtime.host</path><skip>false</skip>" +
                  up +
                  "<selectSet xsi:type=\"TraversalSpec\"><name>p</name><type>ManagedEntity</type>"
                  "<path>parent</path><skip>false</skip>" +
                  up + "</objectSet></specSet><options/>"));

  for (const char* type :
       {"HostSystem", "ClusterComputeResource", "Folder", "Datacenter", "VirtualMachine"}) {
    EXPECT_TRUE(above.has("<obj type=\"" + std::string(type) + "\">")) << type << above.body;
  }
  EXPECT_TRUE(above.has("<name>runtime.host</name>"));
  EXPECT_EQ(violations(), 0U);
}

} // namespace
} // namespace syncer::sim
