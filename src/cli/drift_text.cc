#include "cli/drift_text.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "cli/display_text.h"
#include "cli/json_values.h"
#include "cli/number_text.h"
#include "cli/table.h"

namespace syncer {

namespace {

using nlohmann::json;

std::string text_at(const json& object, const char* key) {
  return printable(object.value(key, std::string()));
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

std::string joined(const json& names) {
  std::string text;
  for (const json& name : names) {
    text += (text.empty() ? "" : " ") + (name.is_string() ? name.get<std::string>() : "");
  }
  return text;
}

std::string volume_of(const json& row) {
  const std::string id = text_at(row, "volume");
  return id.empty() ? text_at(row, "in_tree_path") : id;
}

Table table_of(const json& rows) {
  Table table({{"#", Table::Align::kRight},
               {"CLASS"},
               {"FOR"},
               {"VOLUME", Table::Align::kLeft, true},
               {"PV", Table::Align::kLeft, true},
               {"CLAIM", Table::Align::kLeft, true}});
  std::size_t at = 0;
  for (const json& row : rows) {
    table.add({{std::to_string(++at)},
               {text_at(row, "class")},
               {age_text(number(row, "for_seconds"))},
               {volume_of(row)},
               {or_dash(joined(row.value("pvs", json::array())))},
               {or_dash(text_at(row, "claim"))}});
  }
  return table;
}

// Never broken into a line that is no comment.
std::string comment(const std::string& text, const Terminal& terminal) {
  std::string lines;
  const std::size_t width = terminal.width > 2 ? terminal.width - 2 : 0;
  for (const std::string& line : wrapped(text, width)) lines += "# " + line + "\n";
  return lines;
}

std::string lines_of(const json& rows, const Terminal& terminal) {
  std::string text;
  std::size_t number = 0;
  for (const json& row : rows) {
    text += "\n" + comment(std::to_string(++number) + ": " + text_at(row, "detail"), terminal);
    if (const std::string command = text_at(row, "command"); !command.empty()) {
      text += command + "\n";
    }
    std::string next = text_at(row, "comment");
    if (next.starts_with("# ")) next.erase(0, 2);
    if (!next.empty()) text += comment(next, terminal);
  }
  return text;
}

std::string headline(const json& vcenter, std::size_t rows, const Terminal& terminal) {
  const std::string host = text_at(vcenter, "vcenter");
  if (!member(vcenter, "full_sync_ended_seconds_ago").is_number()) {
    return host + ": " +
           in_colour(Colour::kAttention, "not known yet: no complete full sync has ended",
                     terminal) +
           "\n";
  }
  const std::string when = age_text(number(vcenter, "full_sync_ended_seconds_ago"));
  const std::string found = rows == 0 ? "no drift" : std::to_string(rows) + " found";
  return host + ": " + in_colour(rows == 0 ? Colour::kGood : Colour::kBad, found, terminal) +
         ", as of the full sync that ended " + when + " ago\n";
}

} // namespace

std::string drift_report_text(const json& report, const Terminal& terminal) {
  std::string text;
  for (const json& vcenter : report.value("vcenters", json::array())) {
    const json rows = vcenter.value("rows", json::array());
    const std::size_t left_out = vcenter.value("left_out", std::size_t{0});
    text += text.empty() ? "" : "\n";
    text += headline(vcenter, rows.size() + left_out, terminal);
    text += table_of(rows).text(terminal);
    if (left_out > 0)
      text += "... and " + std::to_string(left_out) + " more, which are counted only\n";
    text += lines_of(rows, terminal);
  }
  return text;
}

} // namespace syncer
