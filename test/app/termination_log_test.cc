#include "app/termination_log.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace syncer {
namespace {

class TerminationLog : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(path); }
  void TearDown() override { std::filesystem::remove(path); }
  void kubelet_makes_it(const std::string& text = {}) { std::ofstream(path) << text; }
  std::string content() const {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  const std::string path = testing::TempDir() + "termination-log";
};

TEST_F(TerminationLog, LeavesTheReasonInsteadOfAnOlderOne) {
  kubelet_makes_it("a much longer reason of the start before");

  write_termination_log(path, "the Lease was lost");

  EXPECT_EQ(content(), "the Lease was lost");
}

TEST_F(TerminationLog, MakesNoFileOfItsOwn) {
  write_termination_log(path, "anything");

  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(TerminationLog, KeepsWhatAKubeletReadsAndNoHalfCharacter) {
  kubelet_makes_it();

  write_termination_log(path, std::string(4095, 'x') + "\u00e9 and more");

  EXPECT_EQ(content(), std::string(4095, 'x'));
}

} // namespace
} // namespace syncer
