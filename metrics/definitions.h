#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace syncer {

enum class MetricType { kCounter, kGauge, kHistogram };
const char* to_string(MetricType type); // as in the exposition

// Where docs/metrics.md shows it.
enum class MetricSection { kFreshness, kVCenter, kApiServer, kProcess, kReplaced };

enum class MetricStability {
  kStable,     // renamed or removed only after two releases that say so
  kConvention, // name and meaning are those that many programs share
  kReplaced,   // of the container that this one replaces, for the dashboards that people have
};

// A label takes one of `values`; where there are none, `open` says what it is made from.
struct MetricLabel {
  std::string name;
  std::vector<std::string> values;
  std::string open;
};

struct MetricDefinition {
  std::string name;
  MetricType type;
  MetricSection section;
  MetricStability stability;
  std::string unit; // empty: a plain number
  std::vector<MetricLabel> labels;
  std::string help;
  std::vector<double> buckets = {}; // of histograms
};

// Every metric there is: the series are made, and docs/metrics.md is written, from this table.
const std::vector<MetricDefinition>& metric_definitions();

// The one of that name, which must be there.
const MetricDefinition& metric_definition(std::string_view name);

// Which of the replaced container's clients makes this call to vCenter; empty for calls that are
// not SOAP, which it did not measure.
const char* soap_client(std::string_view operation);

} // namespace syncer
