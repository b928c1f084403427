#include "metrics/definitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <set>

#include "core/conditions.h"
#include "exposition.h"
#include "fakes/fake_clock.h"
#include "metrics/prometheus_observer.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::UnorderedElementsAreArray;

const MetricLabel& label_of(const MetricDefinition& metric, const std::string& name) {
  return *std::find_if(metric.labels.begin(), metric.labels.end(),
                       [&](const MetricLabel& label) { return label.name == name; });
}

std::vector<std::string> values_of(const char* metric, const char* label) {
  return label_of(metric_definition(metric), label).values;
}

std::vector<std::string> all_conditions() {
  std::vector<std::string> names;
  for (const Condition condition : kConditions) names.emplace_back(to_string(condition));
  return names;
}

// A process with three vCenters where every call has ended well and badly.
class ABusyProcess : public testing::Test {
 protected:
  void SetUp() override {
    process.kube_request("GET", "10.96.0.1:443", "200", 1ms);
    process.kube_request("PATCH", "10.96.0.1:443", "<error>", 30s);
    for (const std::string& resource : values_of("vsphere_syncer_relists_total", "resource")) {
      for (const std::string& reason : values_of("vsphere_syncer_watch_restarts_total", "reason")) {
        process.watch_restarted(resource, reason);
      }
      process.watch_event(resource);
      process.informer_objects(resource, 25'000);
    }
    for (const char* const host : {"a.example", "b.example", "c.example"}) {
      live(process.vcenter(host));
      whole.vcenters[host].certificate_expiry = 2e9;
    }
    whole.leads = true;
  }

  static void live(Observer& vcenter) {
    for (const std::string& call : values_of("vsphere_syncer_vcenter_calls_total", "operation")) {
      vcenter.cns_call(call, "ok", 1ms);
      vcenter.cns_call(call, "transient", 1s);
    }
    for (const std::string& type : values_of("vsphere_cns_volume_ops_histogram", "optype")) {
      vcenter.cns_operation(type, true, 1s);
    }
    for (const char* const result : {"success", "partial", "failure"}) {
      vcenter.full_sync_finished(result, 1s, false);
    }
    vcenter.cns_login("refused");
    vcenter.cns_session(true);
    vcenter.change_acknowledged(EntityKind::kPod, 1ms);
  }

  std::vector<Sample> scrape() { return samples_of(process.render(whole)); }

  asio::io_context io;
  FakeClock clock{io};
  PrometheusObserver process{clock, "1.2.3", all_conditions()};
  ProcessSnapshot whole;
};

TEST_F(ABusyProcess, ShowsEveryDefinedMetricAndNoOther) {
  std::set<std::string> shown;
  for (const Sample& sample : scrape()) shown.insert(sample.family);

  std::vector<std::string> defined;
  for (const MetricDefinition& metric : metric_definitions()) defined.push_back(metric.name);
  EXPECT_THAT(shown, UnorderedElementsAreArray(defined));
}

TEST_F(ABusyProcess, HasOnlyTheLabelsAndValuesThatAreDefined) {
  for (const Sample& sample : scrape()) {
    const MetricDefinition& metric = metric_definition(sample.family);
    std::vector<std::string> names;
    for (const MetricLabel& label : metric.labels) names.push_back(label.name);
    for (const auto& [name, value] : sample.labels) {
      if (name == "le") continue;
      ASSERT_THAT(names, Contains(name)) << sample.family;
      const MetricLabel& label = label_of(metric, name);
      if (!label.values.empty()) {
        EXPECT_THAT(label.values, Contains(value)) << sample.family << " " << name;
      }
    }
  }
}

TEST_F(ABusyProcess, HasAtMostTwoThousandSeriesWithThreeVCenters) {
  EXPECT_LE(scrape().size(), 2000u);
}

TEST_F(ABusyProcess, HasAsManySeriesForMoreVolumes) {
  const std::size_t before = scrape().size();
  for (auto& [host, numbers] : whole.vcenters) {
    numbers.volumes_in_sync = 25'000;
    numbers.queue_depth = 25'000;
    numbers.cns_volumes = 25'000;
  }
  for (int i = 0; i < 25'000; ++i) process.vcenter("a.example").update_finished("acknowledged");

  EXPECT_EQ(scrape().size(), before);
}

TEST(MetricDefinitions, KeepTheRulesOfNaming) {
  std::set<std::string> seen;
  for (const MetricDefinition& metric : metric_definitions()) {
    EXPECT_TRUE(seen.insert(metric.name).second) << metric.name << " is there twice";
    EXPECT_EQ(metric.name.ends_with("_total"), metric.type == MetricType::kCounter) << metric.name;
    EXPECT_EQ(metric.buckets.empty(), metric.type != MetricType::kHistogram) << metric.name;
    EXPECT_TRUE(std::is_sorted(metric.buckets.begin(), metric.buckets.end())) << metric.name;
    EXPECT_TRUE(metric.help.ends_with(".")) << metric.name;
    for (const MetricLabel& label : metric.labels) {
      EXPECT_NE(label.values.empty(), label.open.empty()) << metric.name << " " << label.name;
    }
  }
}

TEST(MetricDefinitions, NamesWithATypeInThemAreThoseOfTheReplacedContainer) {
  std::vector<std::string> odd;
  for (const MetricDefinition& metric : metric_definitions()) {
    if (metric.name.ends_with("_histogram")) odd.push_back(metric.name);
  }
  EXPECT_THAT(odd,
              ElementsAre("vsphere_full_sync_ops_histogram", "vsphere_cns_volume_ops_histogram"));
}

TEST(MetricDefinitions, OfTheReplacedContainerHaveItsBuckets) {
  for (const char* const name :
       {"vsphere_full_sync_ops_histogram", "vsphere_cns_volume_ops_histogram",
        "vsphere_request_ops_seconds"}) {
    EXPECT_THAT(metric_definition(name).buckets,
                ElementsAre(2, 5, 10, 15, 20, 25, 30, 60, 120, 180));
  }
}

TEST(SoapClient, IsThatOfTheService) {
  EXPECT_STREQ(soap_client("Login"), "soap");
  EXPECT_STREQ(soap_client("CnsQueryAsync"), "cns");
  EXPECT_STREQ(soap_client("PbmQueryProfile"), "pbm");
  EXPECT_STREQ(soap_client("GetTag"), "");
}

} // namespace
} // namespace syncer
