#include "operators/crd_installer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cr_rig.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kForbidden =
    R"({"kind":"Status","code":403,"reason":"Forbidden","message":"not for you"})";
const std::string kPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const std::string kNodes = kPath + "/csinodetopologies.cns.vmware.com";
const std::string kInfos = kPath + "/cnsvolumeinfoes.cns.vmware.com";

std::string definition(Crd crd, bool established = true) {
  json made = crd_manifest(crd);
  made["metadata"]["resourceVersion"] = "7";
  const char* status = established ? "True" : "False";
  made["status"]["conditions"] = json::array({{{"type", "Established"}, {"status", status}}});
  return made.dump();
}

std::string without_uuid() {
  json old = json::parse(definition(Crd::kNodeTopology));
  old["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"].erase(
      "nodeuuid");
  return old.dump();
}

class CrdInstallerTest : public testing::Test {
 protected:
  void install(std::vector<Crd> wanted) {
    installer = std::make_unique<CrdInstaller>(rig.deps(), conditions, std::move(wanted));
    rig.kube.start(run());
  }
  asio::awaitable<void> run() {
    co_await installer->run();
    ended = true;
  }
  std::size_t sent(const std::string& method) const {
    std::size_t count = 0;
    for (const HttpRequest& request : rig.kube.http.requests()) count += request.method == method;
    return count;
  }
  bool trouble() const { return conditions.stands(Condition::kCrdUnavailable); }

  CrRig rig;
  Conditions conditions{rig.kube.clock};
  std::unique_ptr<CrdInstaller> installer;
  bool ended = false;
};

TEST_F(CrdInstallerTest, DefinitionThatHasAllIsNotWritten) {
  rig.kube.http.expect("GET", kNodes).reply(200, definition(Crd::kNodeTopology));

  install({Crd::kNodeTopology});

  EXPECT_TRUE(ended);
  EXPECT_EQ(rig.kube.http.requests().size(), 1u);
  EXPECT_FALSE(trouble());
}

TEST_F(CrdInstallerTest, MissingDefinitionIsCreatedAndAwaited) {
  rig.kube.http.expect("GET", kNodes).reply(404, kNoSuchObject);
  rig.kube.http.expect("POST", kPath).reply(201, "{}");
  rig.kube.http.expect("GET", kNodes).reply(200, definition(Crd::kNodeTopology, false));
  install({Crd::kNodeTopology});
  EXPECT_FALSE(ended);
  EXPECT_EQ(json::parse(rig.kube.http.requests().at(1).body), crd_manifest(Crd::kNodeTopology));
  rig.kube.http.expect("GET", kNodes).reply(200, definition(Crd::kNodeTopology));

  rig.kube.clock.advance(1s);

  EXPECT_TRUE(ended);
}

TEST_F(CrdInstallerTest, OldDefinitionGetsTheMissingFieldAndKeepsItsVersion) {
  rig.kube.http.expect("GET", kNodes).reply(200, without_uuid());
  rig.kube.http.expect("PUT", kNodes).reply(200, "{}");

  install({Crd::kNodeTopology});

  EXPECT_TRUE(ended);
  EXPECT_EQ(json::parse(rig.last().body), json::parse(definition(Crd::kNodeTopology)));
}

TEST_F(CrdInstallerTest, DefinitionThatSomebodyElseWroteMeanwhileIsReadAgain) {
  rig.kube.http.expect("GET", kNodes).reply(200, without_uuid());
  rig.kube.http.expect("PUT", kNodes)
      .reply(409, R"({"kind":"Status","code":409,"reason":"Conflict","message":"modified"})");
  rig.kube.http.expect("GET", kNodes).reply(200, definition(Crd::kNodeTopology));

  install({Crd::kNodeTopology});

  EXPECT_TRUE(ended);
  EXPECT_EQ(sent("PUT"), 1u);
}

TEST_F(CrdInstallerTest, OneThatCannotBeHadStopsNoOtherAndIsTriedAgain) {
  rig.kube.http.expect("GET", kNodes).reply(404, kNoSuchObject);
  rig.kube.http.expect("POST", kPath).reply(403, kForbidden);
  rig.kube.http.expect("GET", kInfos).reply(200, definition(Crd::kVolumeInfo));
  install({Crd::kNodeTopology, Crd::kVolumeInfo});
  EXPECT_FALSE(ended);
  EXPECT_EQ(rig.kube.http.unmet(), 0u);
  ASSERT_TRUE(trouble());
  EXPECT_THAT(conditions.all().begin()->second.detail,
              HasSubstr("create CustomResourceDefinition csinodetopologies.cns.vmware.com"));
  rig.kube.http.expect("GET", kNodes).reply(200, definition(Crd::kNodeTopology));

  rig.kube.clock.advance(5s);

  EXPECT_TRUE(ended);
  EXPECT_FALSE(trouble());
}

TEST_F(CrdInstallerTest, OneThatIsNeverEstablishedIsGivenUpAndTold) {
  rig.kube.http.expect("GET", kNodes).reply(404, kNoSuchObject);
  rig.kube.http.expect("POST", kPath).reply(201, "{}");
  rig.kube.http.expect("GET", kNodes).always().reply(200, definition(Crd::kNodeTopology, false));
  install({Crd::kNodeTopology});

  rig.kube.clock.advance(60s);

  ASSERT_TRUE(trouble());
  EXPECT_THAT(conditions.all().begin()->second.detail, HasSubstr("is not established"));
}

TEST_F(CrdInstallerTest, OneMoreCanBeWantedWhenAllWereServed) {
  rig.kube.http.expect("GET", kNodes).reply(200, definition(Crd::kNodeTopology));
  install({Crd::kNodeTopology});
  ASSERT_TRUE(ended);
  ended = false;
  rig.kube.http.expect("GET", kInfos).reply(200, definition(Crd::kVolumeInfo));

  EXPECT_TRUE(installer->want(Crd::kVolumeInfo));
  rig.kube.start(run());

  EXPECT_TRUE(ended);
  EXPECT_EQ(rig.kube.http.unmet(), 0u);
}

TEST_F(CrdInstallerTest, OneMoreThatIsWantedMeanwhileIsSeenToInTheSameRun) {
  rig.kube.http.expect("GET", kNodes).reply(403, kForbidden);
  install({Crd::kNodeTopology});
  rig.kube.http.expect("GET", kNodes).reply(200, definition(Crd::kNodeTopology));
  rig.kube.http.expect("GET", kInfos).reply(200, definition(Crd::kVolumeInfo));

  EXPECT_FALSE(installer->want(Crd::kVolumeInfo));
  rig.kube.clock.advance(5s);

  EXPECT_TRUE(ended);
  EXPECT_EQ(rig.kube.http.unmet(), 0u);
}

TEST_F(CrdInstallerTest, NothingIsWrittenWithoutLeadership) {
  rig.leadership.held = false;
  rig.kube.http.expect("GET", kNodes).reply(200, without_uuid());

  install({Crd::kNodeTopology});

  EXPECT_FALSE(ended);
  EXPECT_EQ(sent("PUT"), 0u);
}

} // namespace
} // namespace syncer
