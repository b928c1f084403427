#include "cli/status_text.h"

#include <nlohmann/json.hpp>

#include "cli/admin_port.h"
#include "cli/number_text.h"
#include "cli/status_tables.h"
#include "cli/table.h"

namespace syncer {

namespace {

using nlohmann::json;

std::string health_text(const json& status, const Terminal& terminal) {
  const std::string level = value_of(status, "health_level");
  const Colour colour = level == "good"  ? Colour::kGood
                        : level == "bad" ? Colour::kBad
                                         : Colour::kAttention;
  std::string text;
  for (const std::string& line : wrapped(value_of(status, "health"), terminal.width)) {
    text += in_colour(colour, line, terminal) + "\n";
  }
  return text;
}

// The command is not wrapped: it is there to be copied.
std::string elsewhere_text(const json& status) {
  const json& leads = member(status, "leads");
  const std::string leader = value_of(status, "leader");
  if (!leads.is_boolean() || leads.get<bool>() || leader.empty()) return "";
  return "All about the volumes:\n  " +
         exec_line(value_of(status, "leader_namespace"), leader, "vsphere-syncer status") + "\n";
}

std::string conditions_text(const json& status, const Terminal& terminal) {
  Table table({{"CONDITION"},
               {"VCENTER", Table::Align::kLeft, true},
               {"FOR", Table::Align::kRight},
               {"WHAT", Table::Align::kLeft, false, true}});
  for (const json& condition : member(status, "conditions")) {
    const std::string vcenter = value_of(condition, "vcenter");
    table.add({{value_of(condition, "type"), Colour::kBad},
               {vcenter.empty() ? "-" : vcenter},
               {age_text(number(condition, "for_seconds"))},
               {value_of(condition, "detail")}});
  }
  return table.text(terminal);
}

// Which program this is, and who leads.
std::string process_text(const json& status, const Terminal& terminal) {
  if (!status.contains("version")) return "";
  std::string text = "vsphere-syncer " + value_of(status, "version");
  const std::string leader = value_of(status, "leader");
  if (holds(status, "leads") && !leader.empty() && leader != "-") {
    text += "; " + leader + " leads";
    if (member(status, "leads_for_seconds").is_number()) {
      text += " " + for_how_long(number(status, "leads_for_seconds"));
    }
  }
  std::string lines;
  for (const std::string& line : wrapped(text, terminal.width)) lines += line + "\n";
  return lines;
}

} // namespace

std::string for_how_long(double seconds) { return "for " + age_text(seconds); }

std::string status_text(const json& status, const Terminal& terminal, std::size_t most_failures) {
  std::string text = health_text(status, terminal) + elsewhere_text(status);
  const json& vcenters = member(status, "vcenters");
  for (const std::string& section :
       {conditions_text(status, terminal), volumes_text(vcenters, terminal),
        lag_text(vcenters, terminal), reasons_text(vcenters, terminal),
        failures_text(vcenters, terminal, most_failures), endings_text(vcenters, terminal),
        drift_text(vcenters, terminal), full_syncs_text(vcenters, terminal),
        process_text(status, terminal)}) {
    if (!section.empty()) text += "\n" + section;
  }
  return text;
}

} // namespace syncer
