#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/kube_objects.h"
#include "operators/topology.h"

namespace syncer {

// What a routing decision is made of, beside the topology.
struct RoutingInput {
  const VolumeId& id;
  const VolumeFacts& facts;
  // The vCenter that the volume's CNSVolumeInfo names, if it has one.
  std::optional<std::string> recorded;
  bool records_synced = false;
  // Hosts as configured, in configured order, each once.
  const std::vector<std::string>& vcenters;
};

// The vCenter a volume belongs to, or why that cannot be said.
struct Route {
  enum class Kind : std::uint8_t {
    kVCenter,        // `vcenter` is one of the configured
    kUnresolved,     // the PV's node affinity does not lead to exactly one vCenter
    kAsk,            // nothing here tells: a file share, or a disk without node affinity
    kUnknownVCenter, // a CNSVolumeInfo names `vcenter`, which is not configured
    kNotYet,         // a list that the answer depends on is not complete
    kNoVolume,       // neither a PV nor a CNSVolumeInfo names the volume: nobody needs an answer
  };
  Kind kind = Kind::kNotYet;
  std::string vcenter;
  bool by_record = false; // kVCenter: the CNSVolumeInfo said so
  std::string reason;     // for people, unless kVCenter
  bool operator==(const Route&) const = default;
};

// One answer for every input. A CNSVolumeInfo decides. Then node affinity: a vCenter is a candidate
// of a term if for every key some node of it carries one of the values; each term must have exactly
// one candidate and all terms the same. With one vCenter configured the answer is always that one.
Route route_of(const RoutingInput& input, const Topology& topology);

// A file share, by its id or by its access modes: nothing in Kubernetes says where it is.
bool is_file_volume(const VolumeId& id, const VolumeFacts& facts);

} // namespace syncer
