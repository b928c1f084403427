#include "metrics/definitions.h"

#include <algorithm>
#include <cstdlib>

#include "core/conditions.h"
#include "core/drift_class.h"
#include "core/outcome.h"

namespace syncer {

namespace {

using Type = MetricType;
using Section = MetricSection;
using Stability = MetricStability;

struct Call {
  const char* name;
  const char* client; // as the replaced container calls it
};

constexpr Call kCalls[] = {
    {"CnsCreateVolume", "cns"},
    {"CnsDeleteVolume", "cns"},
    {"CnsQueryAllVolume", "cns"},
    {"CnsQueryAsync", "cns"},
    {"CnsQueryVolume", "cns"},
    {"CnsUpdateVolumeMetadata", "cns"},
    {"ContinueRetrievePropertiesEx", "soap"},
    {"CreateFilter", "soap"},
    {"CreateListView", "soap"},
    {"CreatePropertyCollector", "soap"},
    {"CurrentTime", "soap"},
    {"DestroyPropertyCollector", "soap"},
    {"DestroyView", "soap"},
    {"FindByUuid", "soap"},
    {"HasPrivilegeOnEntities", "soap"},
    {"Login", "soap"},
    {"Logout", "soap"},
    {"ModifyListView", "soap"},
    {"PbmQueryProfile", "pbm"},
    {"PbmRetrieveContent", "pbm"},
    {"RetrievePropertiesEx", "soap"},
    {"RetrieveServiceContent", "soap"},
    {"WaitForUpdatesEx", "soap"},
    {"GetCategory", ""},
    {"GetTag", ""},
    {"ListAttachedTags", ""},
    {"TagLogin", ""},
    {"TagLogout", ""},
};

MetricLabel vc() { return {"vc", {}, "host of the vCenter as in csi-vsphere.conf"}; }
MetricLabel resource() {
  return {"resource", {"persistentvolumes", "persistentvolumeclaims", "pods"}, ""};
}
MetricLabel one_of(const char* name, std::vector<std::string> values) {
  return {name, std::move(values), ""};
}

std::vector<std::string> operations(bool soap_only) {
  std::vector<std::string> names;
  for (const Call& call : kCalls) {
    if (!soap_only || *call.client != '\0') names.emplace_back(call.name);
  }
  return names;
}

std::vector<std::string> conditions() {
  std::vector<std::string> names;
  names.reserve(kConditions.size());
  for (const Condition condition : kConditions) names.emplace_back(to_string(condition));
  return names;
}

std::vector<std::string> drift_classes() {
  std::vector<std::string> names;
  names.reserve(kDriftClasses.size());
  for (const DriftClass type : kDriftClasses) names.emplace_back(to_string(type));
  return names;
}

std::vector<std::string> call_results() {
  std::vector<std::string> names{"ok"};
  for (const ErrorKind kind :
       {ErrorKind::kTransient, ErrorKind::kUnauthenticated, ErrorKind::kStale, ErrorKind::kNotFound,
        ErrorKind::kRejected, ErrorKind::kCancelled}) {
    names.emplace_back(to_string(kind));
  }
  return names;
}

std::vector<std::string> login_results() {
  std::vector<std::string> names = call_results();
  names.emplace_back("refused");
  return names;
}

const std::vector<double> kLagBuckets{0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015,
                                      0.025, 0.05,  0.1,   0.25,  0.5,    1,    2.5,
                                      5,     10,    30,    60,    300};
const std::vector<double> kCallBuckets{0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60};
const std::vector<double> kQueueBuckets{0.001, 0.01, 0.1, 1, 10, 60, 300, 1000};
// Those of client-go.
const std::vector<double> kRequestBuckets{0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60};
const std::vector<double> kReplacedBuckets{2, 5, 10, 15, 20, 25, 30, 60, 120, 180};

// What makes the definitions of one section.
auto definer(Section section, Stability stability) {
  return [section, stability](const char* name, Type type, const char* unit,
                              std::vector<MetricLabel> labels, const char* help,
                              std::vector<double> buckets = {}) {
    return MetricDefinition{
        name, type, section, stability, unit, std::move(labels), help, std::move(buckets)};
  };
}

std::vector<MetricDefinition> freshness() {
  const auto stable = definer(Section::kFreshness, Stability::kStable);
  return {
      stable("vsphere_syncer_propagation_seconds", Type::kHistogram, "seconds",
             {vc(), one_of("kind", {"pv", "pvc", "pod"})},
             "Time from observing a Kubernetes change to its acknowledgement by CNS.", kLagBuckets),
      stable("vsphere_syncer_oldest_pending_seconds", Type::kGauge, "seconds", {vc()},
             "Age of the oldest change that CNS has not acknowledged, 0 if none."),
      stable("vsphere_syncer_volumes", Type::kGauge, "",
             {vc(), one_of("state", {"in_sync", "pending", "failed", "unknown"})},
             "Volumes by state; unknown ones were not read from CNS yet."),
      stable("vsphere_syncer_queue_depth", Type::kGauge, "", {vc()},
             "Volumes that wait for a look, for a retry, or are worked on."),
      stable("vsphere_syncer_updates_total", Type::kCounter, "",
             {vc(), one_of("result", {"acknowledged", "refused", "unknown"})},
             "Metadata updates sent to CNS; refused ones were not applied, unknown ones may be."),
      stable("vsphere_syncer_cns_volumes", Type::kGauge, "", {vc()},
             "Volumes that CNS holds for this cluster id."),
      stable("vsphere_syncer_cns_volumes_without_pv", Type::kGauge, "", {vc()},
             "Volumes that CNS holds for this cluster id and that no PV and no pod names."),
      stable("vsphere_syncer_drift_volumes", Type::kGauge, "",
             {vc(), one_of("class", drift_classes())},
             "Rows of the drift report by class, as of the last complete full sync."),
      stable("vsphere_syncer_volumes_held", Type::kGauge, "",
             {vc(), one_of("action", {"label", "unregister"})},
             "Volumes whose label pv_missing or unregistering is held back until confirmed."),
      stable("vsphere_syncer_labels_limited", Type::kGauge, "", {vc()},
             "1 while labels are cut because this vCenter refuses longer or more of them."),
      stable("vsphere_syncer_full_syncs_total", Type::kCounter, "",
             {vc(), one_of("result", {"success", "partial", "failure"})},
             "Full sync cycles; partial: some volumes failed, failure: not all could be read."),
      stable("vsphere_syncer_full_sync_last_duration_seconds", Type::kGauge, "seconds", {vc()},
             "Duration of the last full sync cycle, the work it queued included."),
      stable("vsphere_syncer_full_sync_last_attempt_timestamp_seconds", Type::kGauge, "seconds",
             {vc()}, "When the last full sync cycle ended, in unixtime; 0 before the first."),
      stable("vsphere_syncer_full_sync_last_success_timestamp_seconds", Type::kGauge, "seconds",
             {vc()},
             "When the last cycle that read everything (success or partial) ended, in unixtime."),
      stable("vsphere_syncer_full_sync_consecutive_failures", Type::kGauge, "", {vc()},
             "Full sync cycles in a row that could not read everything."),
      stable("vsphere_syncer_full_sync_noop_cycles_total", Type::kCounter, "", {vc()},
             "Full sync cycles that read everything and found nothing to do."),
      stable("vsphere_syncer_full_sync_interval_seconds", Type::kGauge, "seconds", {},
             "Configured time between two full sync cycles."),
      stable("vsphere_syncer_in_tree_paths", Type::kGauge, "",
             {one_of("reason", {"failed", "unsupported"})},
             "Paths of in-tree volumes not in CNS; unsupported: there are several vCenters."),
      stable("vsphere_syncer_volumes_unrouted", Type::kGauge, "", {},
             "Volumes that belong to no vCenter that is known."),
      stable("vsphere_syncer_condition", Type::kGauge, "",
             {one_of("type", conditions()),
              {"vc", {}, "host of the vCenter; empty: the whole cluster"}},
             "1 while this standing trouble needs a human."),
  };
}

std::vector<MetricDefinition> of_vcenter() {
  const auto stable = definer(Section::kVCenter, Stability::kStable);
  return {
      stable("vsphere_syncer_vcenter_calls_total", Type::kCounter, "",
             {vc(), one_of("operation", operations(false)), one_of("result", call_results())},
             "Calls to vCenter by SOAP method, or call about tags, and result."),
      stable("vsphere_syncer_vcenter_call_seconds", Type::kHistogram, "seconds",
             {one_of("operation", operations(false))},
             "Duration of calls to vCenter; WaitForUpdatesEx is a long poll.", kCallBuckets),
      stable("vsphere_syncer_vcenter_session", Type::kGauge, "", {vc()},
             "1 while a session is held."),
      stable("vsphere_syncer_vcenter_logins_total", Type::kCounter, "",
             {vc(), one_of("result", login_results())},
             "Logins; refused: wrong user name or password."),
      stable("vsphere_syncer_vcenter_certificate_expiry_timestamp_seconds", Type::kGauge, "seconds",
             {vc()}, "When the certificate that vCenter showed last expires, in unixtime."),
      stable("vsphere_syncer_vcenter_credentials_latched", Type::kGauge, "", {vc()},
             "1 while refused credentials rest, so that the account is not locked."),
      stable("vsphere_syncer_vcenter_missing_privileges", Type::kGauge, "",
             {vc(), one_of("privilege", {"System.Read", "Cns.Searchable", "StorageProfile.View",
                                         "Datastore.FileManagement"})},
             "1 while the user of this vCenter lacks the privilege on an object that needs it."),
      stable("vsphere_syncer_vcenter_breaker_open", Type::kGauge, "", {vc()},
             "1 while nothing new is begun, because calls do not reach this vCenter."),
      stable("vsphere_syncer_vcenter_throttled_total", Type::kCounter, "", {vc()},
             "How often the limit of updates under way was halved for a slow or failing vCenter."),
      stable("vsphere_syncer_in_flight", Type::kGauge, "", {vc()}, "Updates under way."),
      stable("vsphere_syncer_in_flight_limit", Type::kGauge, "", {vc()},
             "Updates that may be under way at once now; sinks when vCenter is slow or fails."),
  };
}

std::vector<MetricDefinition> of_api_server() {
  const auto stable = definer(Section::kApiServer, Stability::kStable);
  const auto shared = definer(Section::kApiServer, Stability::kConvention);
  const std::vector<std::string> methods{"GET", "POST", "PUT", "PATCH", "DELETE"};
  const MetricLabel host{"host", {}, "host and port of the API server"};
  return {
      stable("vsphere_syncer_informer_synced", Type::kGauge, "", {resource()},
             "1 when the first list of the resource is complete."),
      stable("vsphere_syncer_informer_objects", Type::kGauge, "", {resource()},
             "Objects kept in memory."),
      stable("vsphere_syncer_watch_events_total", Type::kCounter, "", {resource()},
             "Events and bookmarks received."),
      stable("vsphere_syncer_watch_last_event_timestamp_seconds", Type::kGauge, "seconds",
             {resource()}, "When the last event or bookmark came, in unixtime."),
      stable("vsphere_syncer_watch_events_ignored_total", Type::kCounter, "", {resource()},
             "Events that changed nothing that is sent to CNS."),
      stable("vsphere_syncer_watch_restarts_total", Type::kCounter, "",
             {resource(), one_of("reason", {"closed", "expired", "error", "idle", "undecodable",
                                            "backwards", "throttled"})},
             "Watches that ended and were begun again, by cause."),
      stable("vsphere_syncer_relists_total", Type::kCounter, "", {resource()},
             "Complete lists read."),
      stable("vsphere_syncer_decode_errors_total", Type::kCounter, "", {resource()},
             "Objects that could not be decoded; their volumes are left alone."),
      stable("vsphere_syncer_evictions_total", Type::kCounter, "",
             {one_of("map", {"events", "migrations", "log"})},
             "Entries of bounded maps that made room for newer ones."),
      shared("rest_client_requests_total", Type::kCounter, "",
             {one_of("method", methods),
              host,
              {"code", {}, "HTTP status, or <error> when no answer came"}},
             "Requests to the API server by method and status."),
      shared("rest_client_request_duration_seconds", Type::kHistogram, "seconds",
             {one_of("verb", methods), host},
             "Duration of requests to the API server; of a watch, until its answer begins.",
             kRequestBuckets),
  };
}

std::vector<MetricDefinition> of_process() {
  const auto shared = definer(Section::kProcess, Stability::kConvention);
  const auto stable = definer(Section::kProcess, Stability::kStable);
  const std::vector<MetricLabel> queue{{"name", {}, "host of the vCenter"},
                                       one_of("controller", {"vsphere-syncer"})};
  return {
      shared("leader_election_master_status", Type::kGauge, "",
             {one_of("name", {"vsphere-syncer"})},
             "1 while this replica leads, 0 on standby; absent without an election."),
      stable("vsphere_syncer_lease_seconds_left", Type::kGauge, "seconds", {},
             "How long this leader goes on without another renewal; 0 on standby."),
      shared("workqueue_depth", Type::kGauge, "", queue,
             "Volumes that are ready and not worked on yet."),
      shared("workqueue_adds_total", Type::kCounter, "", queue,
             "Volumes put into the queue by events and full syncs."),
      shared("workqueue_retries_total", Type::kCounter, "", queue,
             "Volumes put back after a failure."),
      shared("workqueue_queue_duration_seconds", Type::kHistogram, "seconds", queue,
             "Time that a ready volume waited for a worker.", kQueueBuckets),
      shared("workqueue_work_duration_seconds", Type::kHistogram, "seconds", queue,
             "Time that a worker had a volume, the wait for vCenter included.", kQueueBuckets),
      shared("workqueue_unfinished_work_seconds", Type::kGauge, "seconds", queue,
             "Time that the volumes worked on now have been with their workers, all together."),
      shared("workqueue_longest_running_processor_seconds", Type::kGauge, "seconds", queue,
             "Time that the volume worked on for longest has been with its worker."),
      shared("process_cpu_seconds_total", Type::kCounter, "seconds", {},
             "Total user and system CPU time spent in seconds."),
      shared("process_resident_memory_bytes", Type::kGauge, "bytes", {},
             "Resident memory size in bytes."),
      shared("process_virtual_memory_bytes", Type::kGauge, "bytes", {},
             "Virtual memory size in bytes."),
      shared("process_open_fds", Type::kGauge, "", {}, "Number of open file descriptors."),
      shared("process_start_time_seconds", Type::kGauge, "seconds", {},
             "Start time of the process since unix epoch in seconds."),
  };
}

std::vector<MetricDefinition> of_replaced_container() {
  const auto replaced = [](const char* name, Type type, const char* unit,
                           std::vector<MetricLabel> labels, const char* help) {
    const bool timed = type == Type::kHistogram;
    return MetricDefinition{name,
                            type,
                            Section::kReplaced,
                            Stability::kReplaced,
                            unit,
                            std::move(labels),
                            help,
                            timed ? kReplacedBuckets : std::vector<double>()};
  };
  const MetricLabel status = one_of("status", {"pass", "fail"});
  return {
      replaced("vsphere_syncer_info", Type::kGauge, "", {{"version", {}, "of the program"}},
               "Always 1; the label tells the version."),
      replaced("vsphere_full_sync_ops_histogram", Type::kHistogram, "seconds", {status},
               "Seconds from the start of a full sync until the work it queued is done; a partial "
               "one is a fail."),
      replaced("vsphere_cns_volume_ops_histogram", Type::kHistogram, "seconds",
               {one_of("optype", {"create-volume", "delete-volume", "update-volume-metadata",
                                  "query-volume", "query-all-volume"}),
                status},
               "Seconds that an operation of CNS took, login and the wait for its task included."),
      replaced("vsphere_request_ops_seconds", Type::kHistogram, "seconds",
               {one_of("request", operations(true)), one_of("client", {"soap", "cns", "pbm"}),
                one_of("status", {"success", "fail-unknown"})},
               "Seconds that a single SOAP request to vCenter took."),
      replaced("vsphere_cns_volume_pv_missing", Type::kGauge, "", {vc()},
               "CNS volumes whose PV was not found by the last full sync, all of them."),
  };
}

} // namespace

const char* to_string(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return "counter";
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kHistogram:
      return "histogram";
  }
  return "";
}

const std::vector<MetricDefinition>& metric_definitions() {
  static const std::vector<MetricDefinition> kAll = [] {
    std::vector<MetricDefinition> all;
    for (const auto& part :
         {freshness(), of_vcenter(), of_api_server(), of_process(), of_replaced_container()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return kAll;
}

const MetricDefinition& metric_definition(std::string_view name) {
  const auto& all = metric_definitions();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const MetricDefinition& one) { return one.name == name; });
  if (found == all.end()) std::abort();
  return *found;
}

const char* soap_client(std::string_view operation) {
  for (const Call& call : kCalls) {
    if (operation == call.name) return call.client;
  }
  return operation.starts_with("Cns") ? "cns" : operation.starts_with("Pbm") ? "pbm" : "soap";
}

} // namespace syncer
