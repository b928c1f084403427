#include "operators/last_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace syncer {
namespace {

using nlohmann::json;

RunAtVCenter at(const std::string& host, const std::string& result, const std::string& error = "") {
  RunAtVCenter one;
  one.host = host;
  one.result = result;
  one.error = error;
  one.volumes_read = 200;
  one.differed = 7;
  one.synced = 6;
  one.failed = 1;
  return one;
}

LastRun run(std::vector<RunAtVCenter> vcenters) {
  return {5, "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z", std::move(vcenters)};
}

TEST(LastRunText, SaysAllCountsOfEveryVCenter) {
  const json shown = json::parse(last_run_text(run({at("vc-1", "partial", "one failed")})));

  EXPECT_EQ(shown, json::parse(R"({"triggerSyncID":5,"state":"partial",
      "started":"2026-01-01T00:00:00Z","ended":"2026-01-01T00:01:00Z",
      "vcenters":[{"host":"vc-1","state":"partial","read":200,"differed":7,"synced":6,"failed":1,
                   "error":"one failed"}]})"));
}

TEST(LastRunText, TheStateIsTheWorstOfAll) {
  const auto state = [](std::vector<RunAtVCenter> vcenters) {
    return json::parse(last_run_text(run(std::move(vcenters))))["state"];
  };

  EXPECT_EQ(state({at("a", "success"), at("b", "")}), "running");
  EXPECT_EQ(state({at("a", "failure"), at("b", "partial")}), "failure");
  EXPECT_EQ(state({at("a", "success"), at("b", "partial")}), "partial");
  EXPECT_EQ(state({at("a", "success")}), "success");
}

TEST(LastRunText, LongErrorsAreCutAtWholeCharacters) {
  const std::string error(255, 'x');
  const json shown = json::parse(last_run_text(run({at("vc", "failure", error + "\u00e4bc")})));

  EXPECT_EQ(shown["vcenters"][0]["error"], error);
}

TEST(LastRunText, KeepsToItsLimitWhateverTheNumberOfVCenters) {
  std::vector<RunAtVCenter> many;
  for (int number = 0; number < 200; ++number) {
    many.push_back(at("vc-" + std::to_string(number), "failure", std::string(500, '"')));
  }

  const std::string text = last_run_text(run(many));

  EXPECT_LE(text.size(), 4096u);
  const json shown = json::parse(text);
  EXPECT_GT(shown["vcenters"].size(), 10u);
  EXPECT_EQ(shown["vcenters"].size() + shown["more"].get<std::size_t>(), 200u);
}

TEST(LastRunText, BytesThatAreNoTextDoNotBreakIt) {
  EXPECT_FALSE(
      json::parse(last_run_text(run({at("vc\xff", "failure", "\xfe\xff")})), nullptr, false)
          .is_discarded());
}

TEST(ErrorOf, NamesTheVCentersThatFailed) {
  EXPECT_EQ(error_of({at("a", "success"), at("b", "failure", "down"), at("c", "partial", "some")}),
            "b: down; c: some");
  EXPECT_EQ(error_of({at("a", "success")}), "");
}

} // namespace
} // namespace syncer
