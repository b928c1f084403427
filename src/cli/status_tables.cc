#include "cli/status_tables.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "cli/display_text.h"
#include "cli/json_values.h"
#include "cli/number_text.h"
#include "cli/sparkline.h"
#include "cli/table.h"

namespace syncer {

namespace {

using nlohmann::json;
using Row = std::vector<Table::Cell>;

constexpr Table::Align kLeft = Table::Align::kLeft;
constexpr Table::Align kRight = Table::Align::kRight;
constexpr std::size_t kMostFullSyncs = 5;
constexpr std::size_t kIdsFrom = 140; // columns that also have room for volume ids
constexpr std::size_t kHour = 60;

// Tables whose rows are of one vCenter each: it is named only if there are several.
class VCenterTable {
 public:
  VCenterTable(const json& vcenters, std::vector<Table::Column> columns)
      : several_(vcenters.size() > 1), table_(with_vcenter(std::move(columns))) {}

  void add(const json& vcenter, Row row) {
    if (several_) row.insert(row.begin(), {value_of(vcenter, "host")});
    table_.add(std::move(row));
  }
  std::string text(const Terminal& terminal) const { return table_.text(terminal); }

 private:
  std::vector<Table::Column> with_vcenter(std::vector<Table::Column> columns) const {
    if (several_) columns.insert(columns.begin(), {"VCENTER", kLeft, true});
    return columns;
  }

  bool several_;
  Table table_;
};

Table::Cell failed_cell(const json& object, const char* key) {
  if (number(object, key) > 0) return {count_text(object, key), Colour::kBad};
  return {count_text(object, key)};
}

Row volume_cells(const json& vcenter) {
  const json& volumes = member(vcenter, "volumes");
  const double oldest = number(vcenter, "oldest_pending_seconds");
  return {{value_of(vcenter, "host")},        {count_text(volumes, "in_sync")},
          {count_text(volumes, "pending")},   failed_cell(volumes, "failed"),
          {count_text(volumes, "unknown")},   {count_text(vcenter, "queue_depth")},
          {count_text(vcenter, "in_flight")}, {oldest > 0 ? age_text(oldest) : "-"}};
}

std::optional<Colour> colour_of_result(const std::string& result) {
  if (result == "failure") return Colour::kBad;
  if (result == "partial") return Colour::kAttention;
  return std::nullopt;
}

Table::Cell last_full_sync(const json& vcenter) {
  const json& sync = member(vcenter, "full_sync");
  if (holds(sync, "running")) {
    return {"running, " + count_text(sync, "synced") + " of " + count_text(sync, "differed") +
            " written"};
  }
  const json& ended = member(vcenter, "full_syncs");
  if (ended.empty()) return {"none yet"};
  const std::string result = value_of(ended.back(), "result");
  const double ago = number(ended.back(), "began_seconds_ago");
  return {result + " " + age_text(ago) + " ago", colour_of_result(result)};
}

Row lag_cells(const json& vcenter) {
  const json& minutes = member(member(vcenter, "lag"), "minutes");
  const auto last = std::find_if(minutes.rbegin(), minutes.rend(),
                                 [](const json& minute) { return number(minute, "changes") > 0; });
  const bool none = last == minutes.rend();
  return {{none ? "-" : duration_text(number(*last, "p50_seconds"))},
          {none ? "-" : duration_text(number(*last, "p99_seconds"))},
          last_full_sync(vcenter)};
}

Row joined(Row row, const Row& more) {
  row.insert(row.end(), more.begin(), more.end());
  return row;
}

const std::vector<Table::Column>& volume_columns() {
  static const std::vector<Table::Column> kColumns = {
      {"VCENTER", kLeft, true}, {"IN SYNC", kRight}, {"PENDING", kRight},   {"FAILED", kRight},
      {"UNKNOWN", kRight},      {"QUEUE", kRight},   {"IN FLIGHT", kRight}, {"OLDEST", kRight}};
  return kColumns;
}

const std::vector<Table::Column>& lag_columns() {
  static const std::vector<Table::Column> kColumns = {
      {"LAG P50", kRight}, {"LAG P99", kRight}, {"LAST FULL SYNC", kLeft, true}};
  return kColumns;
}

std::string minutes_text(std::size_t minutes) {
  if (minutes == kHour) return "hour";
  return minutes == 1 ? "minute" : std::to_string(minutes) + " minutes";
}

// Of one vCenter.
std::string lag_text(const json& vcenter, const std::string& where, const Terminal& terminal) {
  constexpr std::size_t kIndent = 2;
  const json& minutes = member(member(vcenter, "lag"), "minutes");
  std::size_t shown = std::min(minutes.size(), kHour);
  if (terminal.width > kIndent) shown = std::min(shown, terminal.width - kIndent);
  std::vector<std::optional<double>> values;
  double most = 0;
  for (std::size_t k = minutes.size() - shown; k < minutes.size(); ++k) {
    const bool any = number(minutes[k], "changes") > 0;
    const double p99 = number(minutes[k], "p99_seconds");
    values.push_back(any ? std::optional(p99) : std::nullopt);
    if (any) most = std::max(most, p99);
  }
  if (most == 0) return "";
  const std::string title = "LAG" + where + ", p99 of each minute of the last " +
                            minutes_text(shown) + "; " + sparkline_top(terminal.unicode) + " is " +
                            duration_text(most);
  std::string text;
  for (const std::string& line : wrapped(title, terminal.width)) text += line + "\n";
  return text + std::string(kIndent, ' ') + sparkline(values, terminal.unicode) + "\n";
}

// Pointers into `vcenters`: one of the objects that each has under `key`, and whose it is.
struct Of {
  const json* vcenter;
  const json* object;
};

std::vector<Of> all_of(const json& vcenters, const char* key) {
  std::vector<Of> all;
  for (const json& vcenter : vcenters) {
    for (const json& object : member(vcenter, key)) all.push_back({&vcenter, &object});
  }
  return all;
}

std::string next_try_text(const json& failure) {
  const json& next = member(failure, "next_retry_seconds");
  if (!next.is_number()) return "on change";
  const double seconds = std::ceil(next.get<double>());
  return seconds < 1 ? "now" : "in " + age_text(seconds);
}

std::string counts_text(const json& vcenters, const char* key, const char* header,
                        const Terminal& terminal) {
  VCenterTable table(vcenters, {{header}, {"VOLUMES", kRight}});
  for (const json& vcenter : vcenters) {
    for (const auto& [word, count] : member(vcenter, key).items()) {
      if (!count.is_number_integer() || count <= 0) continue;
      std::string words = word;
      std::replace(words.begin(), words.end(), '_', ' ');
      table.add(vcenter, {{words}, {grouped(count.get<std::uint64_t>())}});
    }
  }
  return table.text(terminal);
}

} // namespace

std::string volumes_text(const json& vcenters, const Terminal& terminal) {
  std::vector<Table::Column> columns = volume_columns();
  Table volumes(columns);
  columns.insert(columns.end(), lag_columns().begin(), lag_columns().end());
  Table all(columns);
  VCenterTable lags(vcenters, lag_columns());
  for (const json& vcenter : vcenters) {
    volumes.add(volume_cells(vcenter));
    lags.add(vcenter, lag_cells(vcenter));
    all.add(joined(volume_cells(vcenter), lag_cells(vcenter)));
  }
  if (all.empty()) return "";
  if (terminal.width == 0 || all.natural_width() <= terminal.width) return all.text(terminal);
  return volumes.text(terminal) + "\n" + lags.text(terminal);
}

std::string lag_text(const json& vcenters, const Terminal& terminal) {
  std::string text;
  for (const json& vcenter : vcenters) {
    const std::string where = vcenters.size() > 1 ? " AT " + value_of(vcenter, "host") : "";
    text += lag_text(vcenter, where, terminal);
  }
  return text;
}

std::string reasons_text(const json& vcenters, const Terminal& terminal) {
  return counts_text(vcenters, "failures_by_reason", "FAILING BECAUSE", terminal);
}

std::string drift_text(const json& vcenters, const Terminal& terminal) {
  std::string text = counts_text(vcenters, "drift", "DRIFT", terminal);
  if (!text.empty()) text += "Each of them: vsphere-syncer drift\n";
  return text;
}

std::string failures_text(const json& vcenters, const Terminal& terminal, std::size_t most) {
  std::vector<Of> failures = all_of(vcenters, "failures");
  std::stable_sort(failures.begin(), failures.end(), [](const Of& a, const Of& b) {
    return number(*a.object, "for_seconds") > number(*b.object, "for_seconds");
  });
  const bool ids = terminal.width == 0 || terminal.width >= kIdsFrom;
  std::vector<Table::Column> columns = {{"FAILING VOLUME"}};
  if (ids) columns.push_back({"ID"});
  columns.insert(
      columns.end(),
      {{"FOR", kRight}, {"TRIES", kRight}, {"NEXT TRY", kRight}, {"ERROR", kLeft, false, true}});
  VCenterTable table(vcenters, columns);
  for (std::size_t k = 0; k < std::min(most, failures.size()); ++k) {
    const json& failure = *failures[k].object;
    const std::string pv = value_of(failure, "pv");
    Row row = {{pv == "-" ? value_of(failure, "volume") : pv}};
    if (ids) row.push_back({value_of(failure, "volume")});
    table.add(*failures[k].vcenter, joined(row, {{age_text(number(failure, "for_seconds"))},
                                                 {count_text(failure, "attempts")},
                                                 {next_try_text(failure)},
                                                 {value_of(failure, "error")}}));
  }
  if (failures.size() <= most) return table.text(terminal);
  return table.text(terminal) + "and " + grouped(failures.size() - most) +
         " more: vsphere-syncer status --failures=" + std::to_string(failures.size()) + "\n";
}

std::string endings_text(const json& vcenters, const Terminal& terminal) {
  VCenterTable table(vcenters, {{"NOT IN KUBERNETES", kRight},
                                {"LABELLED", kRight},
                                {"HELD BACK", kRight},
                                {"UNREGISTERED", kRight},
                                {"HELD BACK", kRight}});
  for (const json& vcenter : vcenters) {
    const json& endings = member(vcenter, "endings");
    if (number(endings, "missing") + number(endings, "unregistered") +
            number(endings, "unregister_held") ==
        0) {
      continue;
    }
    table.add(vcenter, {{count_text(endings, "missing")},
                        {count_text(endings, "missing_labelled")},
                        {count_text(endings, "missing_held")},
                        {count_text(endings, "unregistered")},
                        {count_text(endings, "unregister_held")}});
  }
  return table.text(terminal);
}

std::string full_syncs_text(const json& vcenters, const Terminal& terminal) {
  std::vector<Of> syncs = all_of(vcenters, "full_syncs");
  std::stable_sort(syncs.begin(), syncs.end(), [](const Of& a, const Of& b) {
    return number(*a.object, "began_seconds_ago") < number(*b.object, "began_seconds_ago");
  });
  VCenterTable table(vcenters, {{"FULL SYNC"},
                                {"TOOK", kRight},
                                {"RESULT"},
                                {"READ", kRight},
                                {"DIFFERED", kRight},
                                {"WRITTEN", kRight},
                                {"FAILED", kRight},
                                {"ERROR", kLeft, false, true}});
  for (std::size_t k = 0; k < std::min(kMostFullSyncs, syncs.size()); ++k) {
    const json& sync = *syncs[k].object;
    const std::string result = value_of(sync, "result");
    table.add(*syncs[k].vcenter, {{age_text(number(sync, "began_seconds_ago")) + " ago"},
                                  {duration_text(number(sync, "took_seconds"))},
                                  {result, colour_of_result(result)},
                                  {count_text(sync, "volumes_read")},
                                  {count_text(sync, "differed")},
                                  {count_text(sync, "synced")},
                                  failed_cell(sync, "failed"),
                                  {value_of(sync, "error")}});
  }
  return table.text(terminal);
}

} // namespace syncer
