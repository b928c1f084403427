#include "cli/preflight_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace syncer {
namespace {

using Result = PreflightLine::Result;

class PreflightReport : public testing::Test {
 protected:
  std::ostringstream out;
  Terminal terminal{out, out};
  const PreflightLine good{Result::kPass, "API server", "answers", ""};
  const PreflightLine doubtful{Result::kWarn, "rights", "no \x1b[2J answer", "ask"};
  const PreflightLine bad{Result::kFail, "vCenter vc", "refused", "the password"};
};

TEST_F(PreflightReport, OneLineEachAndHowToMendIt) {
  EXPECT_EQ(preflight_text(good, terminal), "PASS  API server: answers\n");
  EXPECT_EQ(preflight_text(doubtful, terminal),
            "WARN  rights: no ?[2J answer\n"
            "      fix: ask\n");
  EXPECT_EQ(preflight_summary({good, good, doubtful, bad}, terminal),
            "2 passed, 1 with a warning, 1 failed\n");
}

TEST_F(PreflightReport, ColoursAreForThoseWhoSeeThem) {
  terminal.colours = true;

  EXPECT_EQ(preflight_text(bad, terminal).substr(0, 15), "\x1b[31mFAIL\x1b[0m  ");
}

TEST_F(PreflightReport, OnlyAFailureFails) {
  EXPECT_EQ(preflight_code({good, doubtful}), kDone);
  EXPECT_EQ(preflight_code({good, bad}), kFailed);
}

TEST_F(PreflightReport, JsonHasItAll) {
  const auto shown = nlohmann::json::parse(preflight_json({good, bad}));

  EXPECT_EQ(shown["failed"], 1);
  EXPECT_EQ(shown["checks"][1]["result"], "FAIL");
  EXPECT_EQ(shown["checks"][1]["fix"], "the password");
}

} // namespace
} // namespace syncer
