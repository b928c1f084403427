#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/kube_objects.h"

namespace syncer {

// The object an Event is about.
struct EventTarget {
  enum class Kind : std::uint8_t { kVolume, kClaim, kPod, kNodeTopology, kTriggerFullSync };
  Kind kind = Kind::kVolume;
  ObjectKey key;
  Uid uid;
};

// PORT. Kubernetes Events for people. Repeats are folded by whoever implements it; nothing waits
// for the delivery and nobody depends on it.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void normal(const EventTarget& /*about*/, std::string_view /*reason*/,
                      std::string_view /*message*/) {}
  virtual void warning(const EventTarget& /*about*/, std::string_view /*reason*/,
                       std::string_view /*message*/) {}
};

inline EventTarget about(const PersistentVolume& pv) {
  return {EventTarget::Kind::kVolume, {{}, pv.name}, pv.uid};
}
inline EventTarget about(const Claim& claim) {
  return {EventTarget::Kind::kClaim, claim.key, claim.uid};
}
inline EventTarget about(const Pod& pod) { return {EventTarget::Kind::kPod, pod.key, pod.uid}; }

} // namespace syncer
