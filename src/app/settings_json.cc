#include "app/settings_json.h"

#include <nlohmann/json.hpp>

namespace syncer {

namespace {

using nlohmann::json;

double seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

json of(const ElectionSettings& election) {
  if (!election.on) return {{"on", false}};
  return {{"on", true},
          {"namespace", election.ns},
          {"identity", election.identity},
          {"lease_duration_seconds", seconds(election.lease_duration)},
          {"renew_deadline_seconds", seconds(election.renew_deadline)},
          {"retry_period_seconds", seconds(election.retry_period)}};
}

json of(const VCenterConfig& vcenter) {
  return {{"host", vcenter.host},
          {"port", vcenter.port},
          {"user", vcenter.user},
          {"insecure", vcenter.insecure},
          {"ca_file", vcenter.ca_file},
          {"thumbprints", vcenter.thumbprints},
          {"datacenters", vcenter.datacenters}};
}

} // namespace

json settings_json(const Settings& settings) {
  return {{"vsphere_config", settings.vsphere_config},
          {"csi_namespace", settings.csi_namespace},
          {"max_in_flight", settings.max_in_flight},
          {"bulk_rate", settings.bulk_rate},
          {"full_sync_interval_seconds", seconds(settings.full_sync_interval)},
          {"late_task_window_seconds", seconds(settings.late_task_window)},
          {"settle_delay_seconds", seconds(settings.settle_delay)},
          {"unregister_grace_seconds", seconds(settings.unregister_grace)},
          {"missing_min_age_seconds", seconds(settings.missing_min_age)},
          {"drift_min_age_seconds", seconds(settings.drift_min_age)},
          {"policy", settings.upsert_only ? "upsert-only" : "sync"},
          {"log_level", settings.log_level},
          {"leader_election", of(settings.election)}};
}

json settings_json(const VSphereConfig& config) {
  json vcenters = json::array();
  for (const VCenterConfig& vcenter : config.vcenters) vcenters.push_back(of(vcenter));
  return {{"cluster_id", config.cluster_id},
          {"cluster_distribution", config.cluster_distribution},
          {"vcenters", vcenters},
          {"topology_categories", config.topology_categories},
          {"zone", config.zone},
          {"region", config.region}};
}

} // namespace syncer
