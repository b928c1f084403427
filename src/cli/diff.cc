#include "cli/admin_commands.h"
#include "cli/command_line.h"
#include "cli/explain_text.h"
#include "cli/json_values.h"
#include "net/url.h"

namespace syncer {

namespace {

using nlohmann::json;

std::size_t count_of(const json& summary, const char* key) { return summary.value(key, 0UL); }

std::string row_text(const json& row, bool several, const Terminal& terminal) {
  const std::string pv = value_of(row, "pv");
  std::string text =
      (pv == "-" ? "no PersistentVolume" : pv) + "\n  volume " + value_of(row, "volume");
  if (several) text += " at " + value_of(row, "vcenter");
  text += row.value("queued", false) ? ", being worked on\n" : "\n";
  if (const std::string why = value_of(row, "unreadable"); !why.empty()) {
    text += in_colour(Colour::kBad, "  ! cannot be read from CNS: " + why, terminal) + "\n";
  } else if (!row.value("in_cns", true)) {
    text += in_colour(Colour::kBad, "  ! is not in CNS", terminal) + "\n";
  }
  for (const json& change : row.value("changes", json::array())) {
    const std::string sign = value_of(change, "change");
    const std::string detail = value_of(change, "detail");
    const Colour colour = sign == "+"   ? Colour::kGood
                          : sign == "-" ? Colour::kBad
                                        : Colour::kAttention;
    std::string named = "  ";
    named.append(sign).append(" ").append(entity_text(change));
    text.append(in_colour(colour, named, terminal)).append(detail.empty() ? "" : ": ");
    text.append(detail).append("\n");
  }
  return text;
}

std::string summary_text(const json& summary, const Terminal& terminal) {
  const std::string host = value_of(summary, "vcenter");
  const std::size_t wrong = count_of(summary, "differ") + count_of(summary, "unreadable");
  const std::size_t listed = count_of(summary, "listed");
  std::string text;
  if (wrong > listed) {
    text = "... and " + std::to_string(wrong - listed) + " more at " + host + " (" +
           std::to_string(listed) + " are listed at most)\n";
  }
  const std::string error = value_of(summary, "error");
  if (!error.empty()) {
    text +=
        in_colour(Colour::kBad,
                  host + ": given up after " + value_of(summary, "volumes") + " volumes: " + error,
                  terminal) +
        "\n";
  }
  text += host + ": " + value_of(summary, "volumes") + " volumes compared: ";
  const std::string differ = value_of(summary, "differ") + " differ";
  text += in_colour(wrong == 0 ? Colour::kGood : Colour::kBad, differ, terminal);
  if (count_of(summary, "queued") > 0) {
    text += " (" + value_of(summary, "queued") + " being worked on)";
  }
  text += ", " + value_of(summary, "in_sync") + " in sync, " + value_of(summary, "hands_off") +
          " left alone, " + value_of(summary, "only_in_cns") + " only in CNS";
  if (count_of(summary, "unreadable") > 0)
    text += ", " + value_of(summary, "unreadable") + " unreadable";
  return text + "\n";
}

// What arrived so far.
class Report {
 public:
  Report(bool json, bool several, const Terminal& terminal)
      : json_(json), several_(several), terminal_(terminal), progress_(terminal) {}

  void take(const json& line) {
    if (line.contains("progress")) {
      const json& at = line["progress"];
      progress_.show(value_of(at, "vcenter") + ": " + value_of(at, "done") + " of " +
                     value_of(at, "of") + " volumes");
    } else if (line.contains("summary")) {
      summaries_.push_back(line["summary"]);
    } else if (line.contains("end")) {
      whole_ = true;
    } else {
      progress_.clear();
      if (json_) {
        rows_.push_back(line);
      } else {
        terminal_.out << row_text(line, several_, terminal_);
      }
    }
  }

  int end() {
    progress_.clear();
    bool same = whole_;
    for (const json& summary : summaries_) {
      same = same && count_of(summary, "differ") + count_of(summary, "unreadable") == 0 &&
             value_of(summary, "error").empty();
      if (!json_) terminal_.out << summary_text(summary, terminal_);
    }
    if (json_) {
      terminal_.out << json{{"differences", rows_}, {"summary", summaries_}}.dump(2) << '\n';
    }
    if (!whole_) terminal_.err << "the answer broke off: the service ended, or its answer did\n";
    return same ? kDone : kFailed;
  }

 private:
  bool json_;
  bool several_;
  const Terminal& terminal_;
  ProgressLine progress_;
  json rows_ = json::array();
  json summaries_ = json::array();
  bool whole_ = false;
};

} // namespace

int run_diff(const std::vector<std::string>& arguments, const OpenAdminPort& open,
             const Terminal& terminal) {
  CLI::App app{
      "Compares every volume in CNS with the cluster and shows what differs. Changes "
      "nothing.",
      "vsphere-syncer diff"};
  CommonFlags flags;
  std::string vcenter;
  app.add_option("--vcenter", vcenter, "This vCenter alone");
  add_common_flags(app, flags);
  app.footer(
      "+ is missing in CNS, - should not be there, ~ has other content.\n"
      "Exit code 0: no differences; 1: some, or not everything could be compared; 2: wrong\n"
      "arguments.\n"
      "Example: vsphere-syncer diff --vcenter vc-1.example.com");
  if (const auto over = parse_arguments(app, arguments, terminal)) return *over;
  const std::string path = vcenter.empty() ? "/diff" : "/diff?vcenter=" + percent_encode(vcenter);
  Report report(flags.json(), vcenter.empty(), terminal);
  const Outcome<> read =
      open(flags.address)->read_lines(path, [&](const json& line) { report.take(line); });
  if (!read) {
    terminal.err << read.error().detail << '\n';
    return kFailed;
  }
  return report.end();
}

} // namespace syncer
