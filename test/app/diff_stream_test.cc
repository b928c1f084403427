#include "app/diff_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "fakes/fake_clock.h"
#include "fakes/fake_leadership.h"
#include "fakes/fake_view.h"
#include "fakes/stateful_cns.h"

namespace syncer {
namespace {

using nlohmann::json;

class DiffLines : public testing::Test {
 protected:
  DiffLines() {
    for (const char* id : {"a", "b", "c"}) {
      view.volume(id);
      cns.store.set(id, desired_state(view.facts(id), clock.now()).entities);
    }
    view.volume("b").pv.labels = make_labels({{"k", "v"}});
    options.page = 2;
  }
  void begin(std::vector<std::string> vcenters) {
    DiffStream::Begin begin = [this](const std::string& host) -> std::unique_ptr<DiffPass> {
      if (host == "gone") return nullptr;
      return std::make_unique<DiffPass>(DiffPass::Deps{view, cns, reconciler}, options);
    };
    stream = std::make_unique<DiffStream>(std::move(vcenters), std::move(begin),
                                          [this] { return valid; });
  }
  std::string next() {
    std::string part = "not over";
    asio::co_spawn(io, stream->next(),
                   [&](const std::exception_ptr&, std::string text) { part = std::move(text); });
    clock.settle();
    return part;
  }
  std::vector<json> rest() {
    std::vector<json> lines;
    for (std::string part = next(); !part.empty(); part = next()) {
      std::istringstream text(part);
      for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
    }
    return lines;
  }

  asio::io_context io;
  FakeClock clock{io};
  FakeView view;
  StatefulCns cns{clock};
  FakeLeadership leader;
  Observer observer;
  spdlog::logger log{"test"};
  Reconciler reconciler{Reconciler::Deps{io.get_executor(), view, cns, clock, observer, leader, log,
                                         [] { return 0.5; }},
                        ReconcilerOptions()};
  DiffPass::Options options;
  bool valid = true;
  std::unique_ptr<DiffStream> stream;
};

TEST_F(DiffLines, PageByPageWithProgressASummaryAndAnEnd) {
  begin({"vc"});

  const std::vector<json> lines = rest();

  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[0]["volume"], "b");
  EXPECT_EQ(lines[0]["pv"], "pv-b");
  EXPECT_EQ(lines[0]["changes"][0]["change"], "~");
  EXPECT_EQ(lines[1]["progress"], json::parse(R"({"vcenter":"vc","done":2,"of":3})"));
  EXPECT_EQ(lines[2]["progress"]["done"], 3);
  EXPECT_EQ(lines[3]["summary"]["differ"], 1);
  EXPECT_EQ(lines[3]["summary"]["in_sync"], 2);
  EXPECT_EQ(lines[3]["summary"]["error"], "");
  EXPECT_EQ(lines[4], json::parse(R"({"end":true})"));
}

TEST_F(DiffLines, OneVCenterThatFailsDoesNotStopTheNext) {
  cns.failing_reads = {0};
  begin({"vc-1", "gone", "vc-2"});

  const std::vector<json> lines = rest();

  ASSERT_EQ(lines.size(), 7u);
  EXPECT_EQ(lines[0]["summary"]["vcenter"], "vc-1");
  EXPECT_NE(lines[0]["summary"]["error"], "");
  EXPECT_EQ(lines[1]["summary"]["vcenter"], "gone");
  EXPECT_EQ(lines[5]["summary"]["vcenter"], "vc-2");
  EXPECT_EQ(lines[5]["summary"]["volumes"], 3);
}

TEST_F(DiffLines, AChangedConfigurationEndsIt) {
  begin({"vc"});
  next();
  valid = false;

  const std::vector<json> lines = rest();

  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[0]["summary"]["error"].get<std::string>(),
              testing::HasSubstr("the configuration changed"));
}

} // namespace
} // namespace syncer
