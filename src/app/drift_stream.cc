#include "app/drift_stream.h"

#include <nlohmann/json.hpp>

#include "app/drift_advice.h"
#include "kube/kube_time.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr int kSchema = 1;
constexpr std::size_t kRowsPerPart = 500;

double seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

std::string text_of(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

// Goes through the rows in order, part by part; what stands around them is for each format.
class RowStream : public AdminStream {
 public:
  RowStream(DriftAnswer answer, std::optional<DriftClass> only)
      : answer_(std::move(answer)), only_(only) {}

  asio::awaitable<std::string> next() final {
    std::string part;
    if (!std::exchange(begun_, true)) part = begin();
    std::size_t rows = 0;
    while (vcenter_ < answer_.vcenters.size() && rows < kRowsPerPart) {
      const auto& [host, report] = answer_.vcenters[vcenter_];
      if (row_ == 0) part += begin(host, *report);
      for (; row_ < report->rows.size() && rows < kRowsPerPart; ++row_) {
        const DriftRow& row = report->rows[row_];
        if (only_ && row.drift.type != *only_) continue;
        part += text(host, row, std::exchange(first_, false));
        ++rows;
      }
      if (row_ < report->rows.size()) break;
      part += end(vcenter_ + 1 == answer_.vcenters.size());
      ++vcenter_;
      row_ = 0;
      first_ = true;
    }
    if (vcenter_ == answer_.vcenters.size() && !std::exchange(ended_, true)) part += end();
    co_return part;
  }

 protected:
  virtual std::string begin() = 0;
  virtual std::string begin(const std::string& host, const DriftReport& report) = 0;
  virtual std::string text(const std::string& host, const DriftRow& row, bool first) = 0;
  virtual std::string end(bool last_vcenter) = 0;
  virtual std::string end() = 0;

  double age(Clock::time_point when) const { return seconds(answer_.now - when); }
  std::string utc(Clock::time_point when) const {
    const auto then =
        answer_.wall_now - std::chrono::duration_cast<std::chrono::seconds>(answer_.now - when);
    return format_kube_time(then);
  }
  // Rows that are counted and not kept.
  std::size_t left_out(const DriftReport& report) const {
    std::size_t count = 0;
    for (const DriftClass type : kDriftClasses) {
      if (only_ && type != *only_) continue;
      const std::size_t all = report.counts[index_of(type)];
      if (all > DriftReport::kMostRowsPerClass) count += all - DriftReport::kMostRowsPerClass;
    }
    return count;
  }

 private:
  DriftAnswer answer_;
  std::optional<DriftClass> only_;
  std::size_t vcenter_ = 0;
  std::size_t row_ = 0;
  bool first_ = true;
  bool begun_ = false;
  bool ended_ = false;
};

class JsonRows final : public RowStream {
 public:
  using RowStream::RowStream;

 private:
  std::string begin() override {
    return "{\"schema\":" + std::to_string(kSchema) + ",\"vcenters\":[";
  }
  std::string begin(const std::string& host, const DriftReport& report) override {
    json counts = json::object();
    for (const DriftClass type : kDriftClasses) {
      counts[to_string(type)] = report.counts[index_of(type)];
    }
    const json ended = report.ended ? json(utc(*report.ended)) : json(nullptr);
    const json ago = report.ended ? json(age(*report.ended)) : json(nullptr);
    std::string text = text_of({{"vcenter", host},
                                {"full_sync_ended", ended},
                                {"full_sync_ended_seconds_ago", ago},
                                {"counts", counts},
                                {"left_out", left_out(report)}});
    text.pop_back(); // the brace: rows follow
    return text + ",\"rows\":[";
  }
  std::string text(const std::string& /*host*/, const DriftRow& row, bool first) override {
    const Drift& drift = row.drift;
    const DriftAdvice advice = advice_on(drift);
    return (first ? "\n" : ",\n") + text_of({{"class", to_string(drift.type)},
                                             {"volume", drift.volume.str()},
                                             {"in_tree_path", drift.in_tree_path.str()},
                                             {"name", drift.name},
                                             {"pvs", drift.pvs},
                                             {"claim", drift.claim},
                                             {"since", utc(row.since)},
                                             {"for_seconds", age(row.since)},
                                             {"detail", drift.detail},
                                             {"command", advice.command},
                                             {"comment", advice.comment}});
  }
  std::string end(bool last_vcenter) override { return last_vcenter ? "]}" : "]},"; }
  std::string end() override { return "]}\n"; }
};

class CsvRows final : public RowStream {
 public:
  using RowStream::RowStream;

 private:
  std::string begin() override {
    return "vcenter,class,volume,in_tree_path,name,pvs,claim,since,for_seconds,detail,command,"
           "comment\r\n";
  }
  std::string begin(const std::string& /*host*/, const DriftReport& /*report*/) override {
    return "";
  }
  std::string text(const std::string& host, const DriftRow& row, bool /*first*/) override {
    const Drift& drift = row.drift;
    const DriftAdvice advice = advice_on(drift);
    std::string pvs;
    for (const std::string& pv : drift.pvs) pvs += (pvs.empty() ? "" : " ") + pv;
    const std::string age = std::to_string(static_cast<std::int64_t>(this->age(row.since)));
    std::string line;
    for (const std::string& cell :
         {host, std::string(to_string(drift.type)), drift.volume.str(), drift.in_tree_path.str(),
          drift.name, pvs, drift.claim, utc(row.since), age, drift.detail, advice.command,
          advice.comment}) {
      line += (line.empty() ? "" : ",") + csv_cell(cell);
    }
    return line + "\r\n";
  }
  std::string end(bool /*last_vcenter*/) override { return ""; }
  std::string end() override { return ""; }
};

} // namespace

std::string csv_cell(const std::string& text) {
  // Spreadsheets calculate what begins so; blanks before it do not stop all of them.
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  const bool formula = begin != std::string::npos &&
                       std::string_view("=+-@").find(text[begin]) != std::string_view::npos;
  std::string value = formula ? "'" + text : text;
  if (value.find_first_of(",\"\r\n") == std::string::npos) return value;
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::unique_ptr<AdminStream> drift_json(DriftAnswer answer, std::optional<DriftClass> only) {
  return std::make_unique<JsonRows>(std::move(answer), only);
}

std::unique_ptr<AdminStream> drift_csv(DriftAnswer answer, std::optional<DriftClass> only) {
  return std::make_unique<CsvRows>(std::move(answer), only);
}

} // namespace syncer
