#include "sim/vcenter_envelope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "sim/vcenter_probe.h"
#include "sim/vcenter_versions.h"

namespace syncer::sim {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// "" when the call is accepted, else type and text of the fault.
std::string refusal(const std::string& body, bool vsan_path,
                    const std::string& version = "8.0.0.3") {
  const auto read = read_call(body, "urn:vsan/" + version,
                              vsan_path ? Endpoint::kVsan : Endpoint::kVim, vsan_rank("8.0.0.3"));
  if (const SimFault* fault = std::get_if<SimFault>(&read)) {
    return fault->type + ": " + fault->message;
  }
  return "";
}

std::string query(const std::string& filter) {
  return cns("CnsQueryVolume", "<filter xsi:type=\"CnsQueryFilter\">" + filter + "</filter>");
}

struct Mistake {
  const char* name;
  std::string body;
  bool vsan_path;
  const char* told; // part of the fault
};

class ProtocolMistake : public testing::TestWithParam<Mistake> {};

TEST_P(ProtocolMistake, IsAnInvalidRequest) {
  const Mistake& mistake = GetParam();

  const std::string answer = refusal(mistake.body, mistake.vsan_path);

  EXPECT_THAT(answer, StartsWith("InvalidRequest: "));
  EXPECT_THAT(answer, HasSubstr(mistake.told));
}

std::vector<Mistake> mistakes() {
  const std::string good = update("v1", entity_xml(kEntityVolume, "pv"));
  const auto changed = [](std::string text, const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  return {
      {"ElementsOutOfOrder", query("<names>n</names><volumeIds><id>v</id></volumeIds>"), true,
       "\"volumeIds\" seen"},
      {"UnknownElement", query("<bogus>1</bogus>"), true, "\"bogus\" seen"},
      {"ElementTwice",
       query("<storagePolicyId>a</storagePolicyId><storagePolicyId>b</storagePolicyId>"), true,
       "\"storagePolicyId\" seen"},
      {"RequiredElementMissing", changed(good, "<vSphereUser>U</vSphereUser>", ""), true,
       "vSphereUser is missing"},
      {"EntityNameAfterEntityType",
       changed(good,
               "<entityName>pv</entityName><clusterId>c1</clusterId>"
               "<entityType>PERSISTENT_VOLUME</entityType>",
               "<clusterId>c1</clusterId><entityType>PERSISTENT_VOLUME</entityType>"
               "<entityName>pv</entityName>"),
       true, "entityName"},
      {"ArrayBeforeEntities",
       cns("CnsUpdateVolumeMetadata",
           "<updateSpecs><volumeId><id>v</id></volumeId><metadata>" +
               cluster_xml("containerCluster") + cluster_xml("containerClusterArray") +
               entity_xml(kEntityVolume, "pv") + "</metadata></updateSpecs>"),
       true, "\"entityMetadata\" seen"},
      {"FilterWithoutType", cns("CnsQueryVolume", "<filter/>"), true, "xsi:type"},
      {"EntityWithoutType", changed(good, " xsi:type=\"CnsKubernetesEntityMetadata\"", ""), true,
       "xsi:type"},
      {"EntityOfUnknownType", changed(good, "CnsKubernetesEntityMetadata", "CnsOther"), true,
       "CnsOther is not valid"},
      {"EntityOfBaseType", changed(good, "CnsKubernetesEntityMetadata", "CnsEntityMetadata"), true,
       "\"entityType\" seen"},
      {"TypeOfWrongNamespace", changed(good, "xsi:type=", "e:type="), true, "xsi:type"},
      {"SelectSetWithoutType",
       vim("CreateFilter", "PropertyCollector", "c",
           "<spec><propSet><type>Task</type></propSet><objectSet><obj type=\"ListView\">l</obj>"
           "<selectSet><name>x</name></selectSet></objectSet></spec>"
           "<partialUpdates>false</partialUpdates>"),
       false, "xsi:type"},
      {"CreateBackingWithoutType",
       cns("CnsCreateVolume",
           "<createSpecs><name>n</name><volumeType>BLOCK</volumeType>"
           "<backingObjectDetails><capacityInMb>1</capacityInMb>"
           "</backingObjectDetails></createSpecs>"),
       true, "xsi:type"},
      {"VimNamespaceOnVsanHealth",
       call("CnsQueryVolume", "CnsVolumeManager", "cns-volume-manager",
            "<filter xsi:type=\"CnsQueryFilter\"/>", "urn:vim25"),
       true, "Namespace \"urn:vim25\""},
      {"VsanNamespaceOnSdk",
       call("CurrentTime", "ServiceInstance", "ServiceInstance", "", "urn:vsan"), false,
       "Namespace \"urn:vsan\""},
      {"NoNamespace", changed(good, " xmlns=\"urn:vsan\"", ""), true, "Namespace \"\""},
      {"ElementOfOtherNamespace", query("<names xmlns=\"urn:vim25\">n</names>"), true,
       "namespace \"urn:vim25\""},
      {"CnsMethodOnSdk",
       call("CnsQueryVolume", "CnsVolumeManager", "cns-volume-manager", "", "urn:vim25"), false,
       "CnsQueryVolume"},
      {"UnknownMethod", cns("CnsFrobnicate", ""), true, "CnsFrobnicate"},
      {"MorefWithoutType",
       soap("<CurrentTime xmlns=\"urn:vim25\"><_this>ServiceInstance</_this>"
            "</CurrentTime>"),
       false, "type"},
      {"ParameterMorefWithoutType", vim("ModifyListView", "ListView", "l", "<add>task-1</add>"),
       false, "moref"},
      {"BooleanThatIsNone",
       vim("CreateFilter", "PropertyCollector", "c",
           "<spec><propSet><type>Task</type></propSet><objectSet><obj type=\"Task\">t</obj>"
           "</objectSet></spec><partialUpdates>no</partialUpdates>"),
       false, "boolean"},
      {"NumberThatIsNone", query("<cursor><offset>x</offset><limit>1</limit></cursor>"), true,
       "long"},
      {"OptionsMissing",
       vim("RetrievePropertiesEx", "PropertyCollector", "propertyCollector",
           "<specSet><propSet><type>Task</type></propSet><objectSet><obj type=\"Task\">t</obj>"
           "</objectSet></specSet>"),
       false, "options is missing"},
      {"TextBetweenElements", query("stray"), true, "text"},
      {"UnescapedAmpersand", query("<names>a&b</names>"), true, "reference"},
      {"ControlCharacter", query("<names>a\x01</names>"), true, "control character"},
      {"ControlCharacterReference", query("<names>a&#1;</names>"), true, "reference"},
      {"InvalidUtf8", query("<names>\xc3(</names>"), true, "UTF-8"},
      {"Truncated", good.substr(0, good.size() - 40), true, "parse error"},
      {"NotXml", "hello", true, "parse error"},
      {"DocumentType", changed(good, "?><", "?><!DOCTYPE e [<!ENTITY x \"y\">]><"), true,
       "document type"},
      {"NoEnvelope", "<CnsQueryVolume xmlns=\"urn:vsan\"/>", true, "Envelope"},
      {"TwoMethods", soap("<CurrentTime xmlns=\"urn:vim25\"/><CurrentTime xmlns=\"urn:vim25\"/>"),
       false, "exactly one"},
  };
}

INSTANTIATE_TEST_SUITE_P(Each, ProtocolMistake, testing::ValuesIn(mistakes()),
                         [](const auto& info) { return info.param.name; });

TEST(ReadCall, AcceptsAWellFormedUpdate) {
  EXPECT_EQ(refusal(update("v1", entity_xml(kEntityVolume, "pv", label_xml("a", "1"))), true), "");
}

// Requests of a client made for real servers; its older releases sent an untyped filter. Steps from
// 74 on were made by hand, mostly wrong.
TEST(ReadCall, AcceptsTheRecordedRequestsOfAnotherClient) {
  std::map<std::string, int> accepted;
  const std::filesystem::path recordings = SYNCER_GOLDEN_DIR "/wire/vcsim-main-0.55";
  for (const auto& file : std::filesystem::directory_iterator(recordings)) {
    const std::string name = file.path().filename().string();
    if (!name.ends_with(".request.xml") || std::atoi(name.c_str()) > 73) continue;
    std::ifstream in(file.path());
    const std::string body((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    const std::string method = method_name_of(body);
    if (!VcenterSchema::instance().find_method(method)) continue;

    EXPECT_EQ(refusal(body, method.starts_with("Cns")), "") << file.path();
    ++accepted[method];
  }
  EXPECT_GT(accepted["CnsUpdateVolumeMetadata"], 10);
  EXPECT_GT(accepted["CnsQueryVolume"], 10);
  EXPECT_GT(accepted["CreateFilter"], 2);
  EXPECT_GT(accepted["Login"], 2);
}

TEST(ReadCall, AcceptsPrefixesAndPrefixedTypeValues) {
  const std::string body =
      "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
      "xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:v=\"urn:vsan\"><s:Body>"
      "<v:CnsQueryVolume><v:_this type=\"CnsVolumeManager\">cns-volume-manager</v:_this>"
      "<v:filter i:type=\"v:CnsQueryFilter\"><v:names>n</v:names></v:filter></v:CnsQueryVolume>"
      "</s:Body></s:Envelope>";

  EXPECT_EQ(refusal(body, true), "");
}

TEST(ReadCall, AcceptsIndentation) {
  EXPECT_EQ(refusal(cns("CnsQueryVolume",
                        "\n  <filter xsi:type=\"CnsQueryFilter\">\n"
                        "    <names>n</names>\n  </filter>\n"),
                    true),
            "");
}

struct NewField {
  const char* name;
  std::string body;
  const char* too_old;
  const char* first;
};

class FieldOfALaterVersion : public testing::TestWithParam<NewField> {};

TEST_P(FieldOfALaterVersion, IsUnknownBeforeIt) {
  EXPECT_THAT(refusal(GetParam().body, true, GetParam().too_old), StartsWith("InvalidRequest"));
  EXPECT_EQ(refusal(GetParam().body, true, GetParam().first), "");
}

INSTANTIATE_TEST_SUITE_P(
    Each, FieldOfALaterVersion,
    testing::Values(NewField{"ClusterDistribution",
                             [] {
                               std::string body = update("v", entity_xml(kEntityVolume, "pv"));
                               const std::string at = "</clusterFlavor>";
                               return body.replace(
                                   body.find(at), at.size(),
                                   at + "<clusterDistribution>d</clusterDistribution>");
                             }(),
                             "vSAN 7.0U1", "vSAN 7.0U2"},
                    NewField{"EntityClusterId", update("v", entity_xml(kEntityVolume, "pv")),
                             "vSAN 6.7U3", "7.0"},
                    NewField{
                        "SelectionOfCnsQueryVolume",
                        cns("CnsQueryVolume", "<filter xsi:type=\"CnsQueryFilter\"/><selection/>"),
                        "vSAN 7.0U2", "7.3"}),
    [](const auto& info) { return info.param.name; });

TEST(ReadCall, MethodOfALaterVersionIsMethodNotFound) {
  const std::string body = cns("CnsQueryAsync", "<filter/>");

  EXPECT_THAT(refusal(body, true, "7.0"), StartsWith("MethodNotFound"));
  EXPECT_EQ(refusal(body, true, "vSAN 7.0U3"), "");
}

TEST(ReadCall, UnknownVersionInTheActionSelectsTheServersOwn) {
  const std::string body = cns("CnsQueryAsync", "<filter/>");
  const auto with = [&](const char* action, const char* server) {
    return std::holds_alternative<SoapCall>(
        read_call(body, action, Endpoint::kVsan, vsan_rank(server)));
  };

  EXPECT_TRUE(with("urn:vsan/77.7", "vSAN 7.0U3"));
  EXPECT_FALSE(with("urn:vsan/77.7", "7.0"));
  EXPECT_TRUE(with("\"urn:vsan/8.0.0.3\"", "8.0.0.3"));
}

} // namespace
} // namespace syncer::sim
