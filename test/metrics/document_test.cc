// docs/metrics.md: its prose is written by hand, its tables are made from the definitions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "metrics/definitions.h"

namespace syncer {
namespace {

const std::filesystem::path kSource = SYNCER_SOURCE_DIR;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

bool is_of_a_name(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

bool has_word(const std::string& line, const std::string& word) {
  for (std::size_t at = line.find(word); at != line.npos; at = line.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if (at > 0 && is_of_a_name(line[at - 1])) continue;
    if (end == line.size() || !is_of_a_name(line[end])) return true;
  }
  return false;
}

// The alerts in whose expressions the name stands, in the order of the rule file.
std::string alerts_with(const std::string& metric, const std::string& rules) {
  std::string found, alert;
  bool named = false;
  std::istringstream lines(rules);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t begins = line.find("- alert: ");
    if (begins != std::string::npos) {
      alert = line.substr(begins + 9);
      named = false;
    }
    if (line.find("summary:") != line.npos || line.find("description:") != line.npos) continue;
    if (named || alert.empty() || !has_word(line, metric)) continue;
    named = true;
    found += (found.empty() ? "" : ", ") + alert;
  }
  return found;
}

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) {
    text.append(text.empty() ? "`" : ", `").append(value).append("`");
  }
  return text;
}

const char* words(MetricStability stability) {
  switch (stability) {
    case MetricStability::kStable:
      return "stable";
    case MetricStability::kConvention:
      return "convention";
    case MetricStability::kReplaced:
      return "replaced";
  }
  return "";
}

std::string row(const MetricDefinition& metric, const std::string& rules) {
  std::string labels, names;
  for (const MetricLabel& label : metric.labels) {
    names += (names.empty() ? "" : ",") + label.name;
    // These stand for many metrics and are told once, above the tables.
    if (label.name == "vc" || label.name == "resource" || label.name == "operation") continue;
    if (label.name == "request") continue;
    labels.append(labels.empty() ? "" : "; ").append("`" + label.name + "`: ");
    labels.append(label.values.empty() ? label.open : joined(label.values));
  }
  std::string text = "| `" + metric.name;
  if (!names.empty()) text.append("{").append(names).append("}");
  text.append("` | ").append(to_string(metric.type)).append(" | ").append(metric.unit);
  text.append(" | ").append(metric.help).append(" | ").append(labels);
  text.append(" | ").append(words(metric.stability)).append(" | ");
  return text.append(alerts_with(metric.name, rules)).append(" |\n");
}

std::string table(MetricSection section, const std::string& rules) {
  std::string text =
      "| Metric | Type | Unit | Meaning | Labels | Stability | Alerts |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const MetricDefinition& metric : metric_definitions()) {
    if (metric.section == section) text += row(metric, rules);
  }
  return text;
}

// What stands between the marks of a table becomes this.
void put(std::string& document, const std::string& mark, const std::string& content) {
  const std::string begin = "<!-- made: " + mark + " -->\n";
  const std::size_t from = document.find(begin);
  const std::size_t to = document.find("<!-- end -->", from);
  ASSERT_NE(from, std::string::npos) << mark;
  ASSERT_NE(to, std::string::npos) << mark;
  document.replace(from + begin.size(), to - from - begin.size(), content);
}

TEST(MetricsDocument, IsMadeFromTheDefinitions) {
  const std::string now = text_of(kSource / "docs/metrics.md");
  const std::string rules = text_of(kSource / "metrics/alerts/vsphere-syncer.rules.yaml");
  std::string fresh = now;
  put(fresh, "freshness", table(MetricSection::kFreshness, rules));
  put(fresh, "vcenter", table(MetricSection::kVCenter, rules));
  put(fresh, "api-server", table(MetricSection::kApiServer, rules));
  put(fresh, "process", table(MetricSection::kProcess, rules));
  put(fresh, "replaced", table(MetricSection::kReplaced, rules));
  const MetricDefinition& calls = metric_definition("vsphere_syncer_vcenter_calls_total");
  put(fresh, "operations", joined(calls.labels[1].values) + "\n");
  std::ofstream(SYNCER_METRICS_MD, std::ios::binary) << fresh;

  EXPECT_TRUE(now == fresh) << "docs/metrics.md is stale. Run: cp " << SYNCER_METRICS_MD << " "
                            << (kSource / "docs/metrics.md").string();
}

TEST(AlertsWith, NamesThoseWhoseExpressionHasTheWholeName) {
  const std::string rules =
      "- alert: One\n  expr: up_total > 0\n  summary: \"b_total\"\n"
      "- alert: Two\n  expr: |-\n    up_total_more > 1\n    or b_total[2m]\n";
  EXPECT_EQ(alerts_with("up_total", rules), "One");
  EXPECT_EQ(alerts_with("b_total", rules), "Two");
  EXPECT_EQ(alerts_with("total", rules + "- alert: Three\n  expr: x\n"), "");
}

} // namespace
} // namespace syncer
