#include "operators/crd_merge.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "operators/crd_manifests.h"

namespace syncer {
namespace {

using nlohmann::json;

const std::vector<Crd> kAll = {Crd::kNodeTopology, Crd::kVolumeMigration, Crd::kVolumeInfo,
                               Crd::kTriggerFullSync};

json& schema_of(json& definition) {
  return definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
}

json& properties_of(json& definition, const char* part) {
  return schema_of(definition)["properties"][part]["properties"];
}

TEST(CrdManifests, NamesFitTogether) {
  for (const Crd crd : kAll) {
    const json manifest = crd_manifest(crd);
    const json& spec = manifest["spec"];
    const std::string plural = spec["names"]["plural"];
    EXPECT_EQ(manifest["metadata"]["name"], crd_name(crd));
    EXPECT_EQ(plural + "." + spec["group"].get<std::string>(), crd_name(crd));
    EXPECT_EQ(spec["names"]["listKind"], spec["names"]["kind"].get<std::string>() + "List");
    EXPECT_EQ(spec["versions"].size(), 1u);
  }
  EXPECT_EQ(crd_manifest(Crd::kVolumeInfo)["spec"]["scope"], "Namespaced");
  EXPECT_TRUE(crd_manifest(Crd::kVolumeInfo)["spec"]["versions"][0].contains("subresources"));
  EXPECT_FALSE(crd_manifest(Crd::kNodeTopology)["spec"]["versions"][0].contains("subresources"));
}

TEST(CrdMerge, WhatHasAllStaysAsItIs) {
  for (const Crd crd : kAll) {
    const json manifest = crd_manifest(crd);
    json existing = manifest;
    existing["spec"]["conversion"]["strategy"] = "None";
    schema_of(existing)["properties"]["spec"]["properties"]["mine"]["type"] = "string";
    const json before = existing;

    add_missing(existing, manifest);

    EXPECT_EQ(existing, before) << crd_name(crd);
  }
}

TEST(CrdMerge, MissingPropertyIsAddedAndNothingElse) {
  const json manifest = crd_manifest(Crd::kNodeTopology);
  json existing = manifest;
  properties_of(existing, "spec").erase("nodeuuid");

  add_missing(existing, manifest);

  EXPECT_EQ(existing, manifest);
}

TEST(CrdMerge, PropertyOfAListsItemIsAdded) {
  const json manifest = crd_manifest(Crd::kNodeTopology);
  json existing = manifest;
  json& items = properties_of(existing, "status")["topologyLabels"]["items"];
  items["properties"].erase("value");
  items["required"] = json::array({"key"});

  add_missing(existing, manifest);

  EXPECT_TRUE(items["properties"].contains("value"));
  EXPECT_EQ(items["required"], json::array({"key"})); // an old object without it stays valid
}

TEST(CrdMerge, WhatIsAddedRequiresNothing) {
  const json manifest = crd_manifest(Crd::kVolumeMigration);
  json existing = manifest;
  schema_of(existing)["properties"].erase("spec");

  add_missing(existing, manifest);

  const json& spec = schema_of(existing)["properties"]["spec"];
  EXPECT_TRUE(spec["properties"].contains("volumepath"));
  EXPECT_FALSE(spec.contains("required"));
}

TEST(CrdMerge, DifferencesOfTypeOrTextAreLeftAlone) {
  const json manifest = crd_manifest(Crd::kNodeTopology);
  json existing = manifest;
  properties_of(existing, "spec")["nodeuuid"] = {{"type", "integer"}};
  properties_of(existing, "spec")["nodeID"]["maxLength"] = 10;
  properties_of(existing, "status")["status"]["enum"] = {"Success", "Error"};
  const json before = existing;

  add_missing(existing, manifest);

  EXPECT_EQ(existing, before);
}

TEST(CrdMerge, SchemaThatTakesAnyContentIsNotNarrowed) {
  for (const char* open : {"x-kubernetes-preserve-unknown-fields", "additionalProperties"}) {
    const json manifest = crd_manifest(Crd::kNodeTopology);
    json existing = manifest;
    schema_of(existing)["properties"]["spec"] = {{"type", "object"}, {open, true}};
    const json before = existing;

    add_missing(existing, manifest);

    EXPECT_EQ(existing, before) << open;
  }
}

TEST(CrdManifest, FullSyncsOnRequestShowHowTheyStand) {
  const json version = crd_manifest(Crd::kTriggerFullSync)["spec"]["versions"][0];

  EXPECT_EQ(version["additionalPrinterColumns"].size(), 5u);
  EXPECT_FALSE(
      crd_manifest(Crd::kNodeTopology)["spec"]["versions"][0].contains("additionalPrinterColumns"));
}

TEST(CrdMerge, PrinterColumnsAreAddedByName) {
  json manifest = crd_manifest(Crd::kNodeTopology);
  const json status = {{"name", "Status"}, {"type", "string"}, {"jsonPath", ".status.status"}};
  manifest["spec"]["versions"][0]["additionalPrinterColumns"] = json::array({status});
  json existing = crd_manifest(Crd::kNodeTopology);
  const json own = {{"name", "Age"}, {"type", "date"}, {"jsonPath", ".metadata.creationTimestamp"}};
  existing["spec"]["versions"][0]["additionalPrinterColumns"] = json::array({own});

  add_missing(existing, manifest);
  add_missing(existing, manifest);

  EXPECT_EQ(existing["spec"]["versions"][0]["additionalPrinterColumns"],
            json::array({own, status}));
}

TEST(CrdMerge, OddDefinitionsAreLeftAlone) {
  const json manifest = crd_manifest(Crd::kNodeTopology);
  for (const char* text : {"{}", R"({"spec":5})", R"({"spec":{"versions":{}}})",
                           R"({"spec":{"versions":[{"name":"v1"}]}})",
                           R"({"spec":{"versions":[{"name":"v1alpha1","schema":[]}]}})",
                           R"({"spec":{"versions":[{"name":"v1alpha1","schema":{"openAPIV3Schema":
            {"type":"object","properties":[]}}}]}})"}) {
    json existing = json::parse(text);
    const json before = existing;

    add_missing(existing, manifest);

    EXPECT_EQ(existing, before) << text;
  }
}

TEST(CrdEstablished, IsACondition) {
  json definition = crd_manifest(Crd::kNodeTopology);
  EXPECT_FALSE(is_established(definition));
  definition["status"]["conditions"] =
      json::array({{{"type", "NamesAccepted"}, {"status", "True"}},
                   {{"type", "Established"}, {"status", "False"}}});
  EXPECT_FALSE(is_established(definition));
  definition["status"]["conditions"][1]["status"] = "True";
  EXPECT_TRUE(is_established(definition));
}

} // namespace
} // namespace syncer
