#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"

namespace syncer {

// Standing troubles that a human must know of and sometimes has to confirm (docs/architecture.md).
enum class Condition : std::uint8_t {
  kViewWentBack,         // the API server's state went back in time
  kMassMissing,          // too many CNS volumes have no PV at once
  kMassUnregister,       // too many unregistrations at once
  kClusterIdConflict,    // somebody else writes under our cluster id
  kUnknownVCenter,       // a volume belongs to a vCenter that is not configured
  kClusterIdUnknown,     // neither the configuration nor the ConfigMap gives a cluster id
  kConfigInvalid,        // the file on disk cannot be used; the old one stays in force
  kCrdUnavailable,       // a CustomResourceDefinition cannot be created or repaired
  kRightsMissing,        // the API server does not let us do all that we are for
  kCredentialsRejected,  // vCenter refuses user name or password
  kMissingPrivileges,    // the user of vCenter lacks a privilege that is needed
  kVCenterUnavailable,   // vCenter cannot be reached, or not trusted
  kCnsSlow,              // vCenter takes very long for an update
  kApiServerUnavailable, // the API server cannot be reached, or refuses
  kObjectsUndecodable,   // objects that cannot be read; their volumes are left alone
  kNoLeader,             // nobody can have the Lease, so nobody works
};
inline constexpr std::array<Condition, 16> kConditions = {Condition::kViewWentBack,
                                                          Condition::kMassMissing,
                                                          Condition::kMassUnregister,
                                                          Condition::kClusterIdConflict,
                                                          Condition::kUnknownVCenter,
                                                          Condition::kClusterIdUnknown,
                                                          Condition::kConfigInvalid,
                                                          Condition::kCrdUnavailable,
                                                          Condition::kRightsMissing,
                                                          Condition::kCredentialsRejected,
                                                          Condition::kMissingPrivileges,
                                                          Condition::kVCenterUnavailable,
                                                          Condition::kCnsSlow,
                                                          Condition::kApiServerUnavailable,
                                                          Condition::kObjectsUndecodable,
                                                          Condition::kNoLeader};
const char* to_string(Condition condition); // ViewWentBack, ...
std::vector<std::string> condition_names(); // of them all

// Something that may pass by itself, and is a condition only when it lasts.
struct Trouble {
  Clock::time_point since;
  std::string detail;
};

// What stands now, per condition and vCenter ("" for the whole cluster). Tells `changed` about each
// rise and fall, once.
class Conditions {
 public:
  struct State {
    std::string detail;
    Clock::time_point since;
  };
  using Key = std::pair<Condition, std::string>;
  using Changed = std::function<void(const Key&, bool stands, const std::string& detail)>;

  explicit Conditions(const Clock& clock, Changed changed = {})
      : clock_(clock), changed_(std::move(changed)) {}

  void raise(Condition condition, const std::string& vcenter, std::string detail);
  void clear(Condition condition, const std::string& vcenter);
  // All but those of the whole cluster.
  void clear_all_vcenters();
  // Raises it when the trouble has lasted for `patience`, and clears it when there is none.
  void judge(Condition condition, const std::string& vcenter, const std::optional<Trouble>& trouble,
             Clock::duration patience);
  bool stands(Condition condition, const std::string& vcenter = {}) const {
    return standing_.contains({condition, vcenter});
  }
  // Of one that stands for the whole cluster; empty when it does not.
  std::string detail(Condition condition) const {
    const auto found = standing_.find({condition, std::string()});
    return found == standing_.end() ? "" : found->second.detail;
  }
  const std::map<Key, State>& all() const { return standing_; }

 private:
  const Clock& clock_;
  Changed changed_;
  std::map<Key, State> standing_;
};

} // namespace syncer
