#include "metrics/series.h"

#include "metrics/definitions.h"

namespace syncer {

SeriesOf<prometheus::Counter> Series::counter(const char* name) {
  const MetricDefinition& metric = metric_definition(name);
  return SeriesOf<prometheus::Counter>(
      prometheus::BuildCounter().Name(metric.name).Help(metric.help).Register(registry));
}

SeriesOf<prometheus::Gauge> Series::gauge(const char* name) {
  const MetricDefinition& metric = metric_definition(name);
  return SeriesOf<prometheus::Gauge>(
      prometheus::BuildGauge().Name(metric.name).Help(metric.help).Register(registry));
}

SeriesOf<prometheus::Histogram> Series::histogram(const char* name) {
  const MetricDefinition& metric = metric_definition(name);
  return SeriesOf<prometheus::Histogram>(
      prometheus::BuildHistogram().Name(metric.name).Help(metric.help).Register(registry),
      metric.buckets);
}

} // namespace syncer
