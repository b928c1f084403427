#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace syncer {

inline constexpr const char* kFullSyncTriggers =
    "/apis/cns.vmware.com/v1alpha1/triggercsifullsyncs";
// The one TriggerCsiFullSync object that means something.
inline constexpr const char* kFullSyncTrigger = "csifullsync";

// Times are as the API server has them; empty: never.
struct TriggerStatus {
  bool in_progress = false;
  std::int64_t last_id = 0; // accepted last
  std::string succeeded_start;
  std::string succeeded_end;
  std::string run_start;
  std::string run_end;
  std::string error;
  bool operator==(const TriggerStatus&) const = default;
};

// What of a TriggerCsiFullSync object we read and write.
struct TriggerObject {
  std::int64_t id = 0; // spec.triggerSyncID
  TriggerStatus status;
  std::string last_run; // annotation vsphere-syncer/last-run
  bool operator==(const TriggerObject&) const = default;
};

// Never fails: what is missing or mistyped counts as its empty value.
TriggerObject decode_trigger(const nlohmann::json& object);
// Makes the object say `wanted`; everything that decode_trigger does not read stays.
void set_trigger(nlohmann::json& object, const TriggerObject& wanted);
// A new object that has never been triggered, as the body of a POST.
std::string new_trigger();

} // namespace syncer
