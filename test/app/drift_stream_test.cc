#include "app/drift_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

namespace syncer {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

DriftRow row(const std::string& volume, DriftClass type = DriftClass::kSharedHandle) {
  DriftRow one;
  one.drift.type = type;
  one.drift.volume = volume;
  one.drift.pvs = {"pv-a", "pv-b"};
  one.drift.claim = "shop/data";
  one.drift.detail = "two, \"of\" them";
  one.since = Clock::time_point(90s);
  return one;
}

class DriftStream : public testing::Test {
 protected:
  DriftStream() {
    // 2026-01-31T00:00:00Z
    answer.wall_now = std::chrono::system_clock::time_point(1769817600s);
    answer.now = Clock::time_point(100s);
  }
  void add(const char* host, std::vector<DriftRow> rows) {
    auto report = std::make_shared<DriftReport>();
    report->ended = Clock::time_point(99s);
    for (const DriftRow& one : rows) ++report->counts[index_of(one.drift.type)];
    report->rows = std::move(rows);
    answer.vcenters.emplace_back(host, std::move(report));
  }
  std::vector<std::string> parts(const std::unique_ptr<AdminStream>& stream) {
    std::vector<std::string> parts;
    do {
      asio::io_context io;
      asio::co_spawn(io, stream->next(), [&](const std::exception_ptr&, std::string part) {
        parts.push_back(std::move(part));
      });
      io.run();
    } while (!parts.back().empty() && parts.size() < 100);
    parts.pop_back();
    return parts;
  }
  std::string whole(const std::unique_ptr<AdminStream>& stream) {
    std::string text;
    for (const std::string& part : parts(stream)) text += part;
    return text;
  }
  json document(std::optional<DriftClass> only = {}) {
    return json::parse(whole(drift_json(answer, only)));
  }

  DriftAnswer answer;
};

TEST_F(DriftStream, JsonHasARowWithAllThatIsKnown) {
  add("vc", {row("disk")});

  const json all = document();

  EXPECT_EQ(all["schema"], 1);
  const json& vcenter = all["vcenters"][0];
  EXPECT_EQ(vcenter["vcenter"], "vc");
  EXPECT_EQ(vcenter["full_sync_ended"], "2026-01-30T23:59:59Z");
  EXPECT_EQ(vcenter["full_sync_ended_seconds_ago"], 1.0);
  EXPECT_EQ(vcenter["counts"]["shared_handle"], 1);
  EXPECT_EQ(vcenter["counts"]["moved_backing"], 0);
  EXPECT_EQ(vcenter["left_out"], 0);
  const json& one = vcenter["rows"][0];
  EXPECT_EQ(one["class"], "shared_handle");
  EXPECT_EQ(one["volume"], "disk");
  EXPECT_EQ(one["pvs"], json::parse(R"(["pv-a","pv-b"])"));
  EXPECT_EQ(one["claim"], "shop/data");
  EXPECT_EQ(one["since"], "2026-01-30T23:59:50Z");
  EXPECT_EQ(one["for_seconds"], 10.0);
  EXPECT_EQ(one["detail"], "two, \"of\" them");
  EXPECT_EQ(one["command"], "govc volume.ls -l disk");
  EXPECT_THAT(one["comment"].get<std::string>(), StartsWith("# "));
}

TEST_F(DriftStream, NothingAtAllIsADocumentToo) {
  EXPECT_TRUE(document()["vcenters"].empty());

  add("vc", {});
  answer.vcenters[0].second = std::make_shared<DriftReport>();
  const json vcenter = document()["vcenters"][0];
  EXPECT_TRUE(vcenter["full_sync_ended"].is_null());
  EXPECT_TRUE(vcenter["rows"].empty());
}

TEST_F(DriftStream, EveryVCenterHasItsRows) {
  add("a", {row("1"), row("2")});
  add("b", {});
  add("c", {row("3")});

  const json all = document();

  ASSERT_EQ(all["vcenters"].size(), 3u);
  EXPECT_EQ(all["vcenters"][0]["rows"].size(), 2u);
  EXPECT_EQ(all["vcenters"][1]["rows"].size(), 0u);
  EXPECT_EQ(all["vcenters"][2]["rows"][0]["volume"], "3");
}

TEST_F(DriftStream, OneClassAlone) {
  add("vc", {row("1"), row("2", DriftClass::kMovedBacking), row("3")});

  const json rows = document(DriftClass::kMovedBacking)["vcenters"][0]["rows"];

  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]["volume"], "2");
}

TEST_F(DriftStream, ManyRowsComeInParts) {
  std::vector<DriftRow> rows;
  for (int i = 0; i < 1001; ++i) rows.push_back(row(std::to_string(i)));
  add("a", std::move(rows));
  add("b", {row("last")});

  EXPECT_EQ(parts(drift_json(answer, {})).size(), 3u);
  const json all = document();
  EXPECT_EQ(all["vcenters"][0]["rows"].size(), 1001u);
  EXPECT_EQ(all["vcenters"][1]["rows"].size(), 1u);
}

TEST_F(DriftStream, WhatIsNotKeptIsCounted) {
  auto report = std::make_shared<DriftReport>();
  report->counts[index_of(DriftClass::kSharedHandle)] = DriftReport::kMostRowsPerClass + 3;
  answer.vcenters.emplace_back("vc", report);

  EXPECT_EQ(document()["vcenters"][0]["left_out"], 3);
  EXPECT_EQ(document(DriftClass::kMovedBacking)["vcenters"][0]["left_out"], 0);
}

TEST_F(DriftStream, CsvHasAHeaderAndALinePerRow) {
  add("vc", {row("disk")});

  EXPECT_THAT(whole(drift_csv(answer, {})),
              StartsWith("vcenter,class,volume,in_tree_path,name,pvs,claim,since,for_seconds,"
                         "detail,command,comment\r\n"
                         "vc,shared_handle,disk,,,pv-a pv-b,shop/data,2026-01-30T23:59:50Z,10,"
                         "\"two, \"\"of\"\" them\",govc volume.ls -l disk,\"# kubectl get pv "));
  EXPECT_THAT(whole(drift_csv(answer, {})), testing::EndsWith("\r\n"));
}

TEST(CsvCell, IsQuotedWhereItMustBe) {
  EXPECT_EQ(csv_cell("plain text"), "plain text");
  EXPECT_EQ(csv_cell(""), "");
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell("say \"x\""), "\"say \"\"x\"\"\"");
  EXPECT_EQ(csv_cell("two\r\nlines"), "\"two\r\nlines\"");
}

TEST(CsvCell, IsNeverAFormula) {
  EXPECT_EQ(csv_cell("=1+1"), "'=1+1");
  EXPECT_EQ(csv_cell("+1"), "'+1");
  EXPECT_EQ(csv_cell("-1"), "'-1");
  EXPECT_EQ(csv_cell("@x"), "'@x");
  EXPECT_EQ(csv_cell(" \t=1"), "' \t=1");
  EXPECT_EQ(csv_cell("=HYPERLINK(\"http://x\",\"y\")"),
            "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
  EXPECT_EQ(csv_cell("a=1"), "a=1");
}

} // namespace
} // namespace syncer
