#include "admin_rig.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class ResyncCommand : public AdminRig {
 protected:
  ResyncCommand() {
    service.resync = json::parse(R"({"resync":[{"volume":"vol 1","vcenter":"vc","number":5}]})");
  }
  static json volume(std::uint64_t number, const std::string& state, bool written = false,
                     const std::string& verdict = "In sync: so it is.") {
    return {{"volumes",
             {{{"volume", "vol 1"},
               {"verdict", verdict},
               {"resync", {{"number", number}, {"state", state}, {"written", written}}}}}}};
  }
};

TEST_F(ResyncCommand, BeginsALook) {
  EXPECT_EQ(run("resync", {"shop/data"}), kDone);

  EXPECT_THAT(service.asked, ElementsAre(R"(POST /resync {"object":"shop/data"})"));
  EXPECT_EQ(out.str(), "vol 1 at vc: begun (--wait says how it ends)\n");
}

TEST_F(ResyncCommand, WaitsForItsOwnLook) {
  service.explanations = {volume(4, "in_sync"), volume(5, "asked"), volume(5, "running"),
                          volume(5, "in_sync")};

  EXPECT_EQ(run("resync", {"shop/data", "--wait"}), kDone);

  EXPECT_EQ(service.asked.size(), 5u);
  EXPECT_EQ(service.asked.back(), "GET /explain?name=vol%201");
  EXPECT_EQ(out.str(), "vol 1: In sync: nothing had to be written.\n");
}

TEST_F(ResyncCommand, SaysWhatWasDone) {
  service.explanations = {volume(5, "in_sync", true)};
  EXPECT_EQ(run("resync", {"x", "--wait"}), kDone);
  service.explanations = {volume(5, "in_sync", false, "Left alone: the controller owns it.")};
  EXPECT_EQ(run("resync", {"x", "--wait"}), kDone);
  service.explanations = {volume(5, "failed", false, "Not in sync: refused.")};
  EXPECT_EQ(run("resync", {"x", "--wait"}), kFailed);

  EXPECT_EQ(out.str(),
            "vol 1: In sync: it differed, and was written to CNS.\n"
            "vol 1: Left alone: the controller owns it.\n"
            "vol 1: Not in sync: refused.\n");
}

TEST_F(ResyncCommand, GivesUpInTime) {
  service.explanations = {volume(5, "running", false, "On its way to CNS.")};

  EXPECT_EQ(run("resync", {"x", "--wait", "--timeout=3s"}), kTimedOut);

  EXPECT_THAT(err.str(), StartsWith("vol 1: not over after 3s: On its way to CNS."));
  EXPECT_EQ(run("resync", {"x", "--timeout=soon"}), kWrongUsage);
  EXPECT_EQ(run("resync", {}), kWrongUsage);
}

TEST_F(ResyncCommand, AServiceThatForgotItEndsTheWait) {
  service.explanations = {json::parse(R"({"volumes":[]})")};

  EXPECT_EQ(run("resync", {"x", "--wait"}), kFailed);

  EXPECT_THAT(err.str(), HasSubstr("does not know it any more"));
}

TEST_F(ResyncCommand, JsonIsAllThereIs) {
  service.explanations = {volume(5, "in_sync", true)};

  EXPECT_EQ(run("resync", {"x", "--wait", "-o", "json"}), kDone);

  EXPECT_EQ(json::parse(out.str())["resync"][0]["resync"]["written"], true);
}

} // namespace
} // namespace syncer
