#include "kube/cluster_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/scripted_kube.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Optional;

constexpr const char* kMap =
    "/api/v1/namespaces/vmware-system-csi/configmaps/vsphere-csi-cluster-id";
constexpr const char* kForbidden =
    R"({"kind":"Status","code":403,"reason":"Forbidden","message":"no"})";

class ClusterFactsTest : public testing::Test {
 protected:
  Outcome<ClusterFacts> read() { return kube.run(reader.read()); }
  void version_is(const char* text) {
    kube.http.expect("GET", "/version")
        .always()
        .reply(200, std::string(R"({"major":"1","gitVersion":")") + text + R"("})");
  }

  ScriptedKube kube;
  ClusterFactsReader reader{{*kube.client, kube.clock, kube.log, [] { return 0.0; }},
                            "vmware-system-csi"};
};

TEST_F(ClusterFactsTest, ReadsIdAndVersion) {
  kube.http.expect("GET", kMap).reply(200, R"({"data":{"clusterID":"abc"},"immutable":true})");
  version_is("v1.30.0");

  const auto facts = read();

  ASSERT_TRUE(facts);
  EXPECT_THAT(facts->map_id, Optional(std::string("abc")));
  EXPECT_EQ(facts->map_name, "vmware-system-csi/vsphere-csi-cluster-id");
  EXPECT_EQ(facts->git_version, "v1.30.0");
}

TEST_F(ClusterFactsTest, AbsentMapAndMapWithoutIdAreNotTheSame) {
  version_is("v1.30.0");
  kube.http.expect("GET", kMap).reply(404, "");
  const auto absent = read();
  kube.http.expect("GET", kMap).reply(200, R"({"data":{"clusterID":5}})");
  const auto empty = read();

  ASSERT_TRUE(absent);
  EXPECT_EQ(absent->map_id, std::nullopt);
  ASSERT_TRUE(empty);
  EXPECT_THAT(empty->map_id, Optional(std::string()));
}

TEST_F(ClusterFactsTest, WhatWeMayNotReadCountsAsEmptyAndIsLogged) {
  kube.http.expect("GET", kMap).reply(403, kForbidden);
  kube.http.expect("GET", "/version").reply(403, kForbidden);

  const auto facts = read();

  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->map_id, std::nullopt);
  EXPECT_EQ(facts->git_version, "");
  EXPECT_EQ(kube.logged("not_readable"), 2u);
}

TEST_F(ClusterFactsTest, ServerThatIsDownIsAnErrorThatNamesThePlace) {
  Error down;
  down.detail = "connection refused";
  kube.http.expect("GET", kMap).fail(down);

  const auto facts = read();

  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().kind, ErrorKind::kTransient);
  EXPECT_THAT(facts.error().detail,
              HasSubstr("ConfigMap vmware-system-csi/vsphere-csi-cluster-id: connection refused"));
}

TEST_F(ClusterFactsTest, RunsUntilTheFactsAreAcceptedAndLogsAReasonOnce) {
  version_is("v1.30.0");
  for (int i = 0; i < 4; ++i) kube.http.expect("GET", kMap).reply(404, "");
  kube.http.expect("GET", kMap).reply(200, R"({"data":{"clusterID":"abc"}})");
  std::optional<std::string> id;
  ClusterFactsReader::Accept accept = [&](const ClusterFacts& facts) -> Outcome<> {
    if (!facts.map_id) return Error{ErrorKind::kNotFound, "no id yet"};
    id = facts.map_id;
    return Done{};
  };

  kube.start(reader.run(std::move(accept)));
  EXPECT_EQ(id, std::nullopt);
  kube.clock.advance(2min);

  EXPECT_THAT(id, Optional(std::string("abc")));
  EXPECT_EQ(kube.asked(kMap), 5u);
  EXPECT_EQ(kube.logged("no id yet"), 1u);
}

} // namespace
} // namespace syncer
