#include "app/settings_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace syncer {
namespace {

TEST(SettingsJson, SaysWhatIsInForceAndNoPassword) {
  VSphereConfig config;
  VCenterConfig vcenter;
  vcenter.host = "vc.example";
  vcenter.user = "syncer@vsphere.local";
  vcenter.password = Secret("planted");
  vcenter.ca_pem = "-----BEGIN CERTIFICATE-----";
  config.vcenters = {vcenter};

  const std::string text = settings_json(config).dump() + settings_json(Settings()).dump();

  EXPECT_NE(text.find("vc.example"), std::string::npos);
  EXPECT_NE(text.find("syncer@vsphere.local"), std::string::npos);
  EXPECT_EQ(text.find("planted"), std::string::npos);
  EXPECT_EQ(text.find("BEGIN"), std::string::npos);
}

TEST(SettingsJson, TheElectionIsShownWhenThereIsOne) {
  Settings settings;
  EXPECT_FALSE(settings_json(settings)["leader_election"]["on"].get<bool>());

  settings.election.on = true;
  settings.election.identity = "pod-0";
  EXPECT_EQ(settings_json(settings)["leader_election"]["identity"], "pod-0");
  EXPECT_EQ(settings_json(settings)["leader_election"]["lease_duration_seconds"], 15);
}

} // namespace
} // namespace syncer
