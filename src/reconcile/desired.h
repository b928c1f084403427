// reconcile: the reason we exist. Facts about a volume in, writes to CNS out; sees Kubernetes and
// vCenter through ports only.
#pragma once

#include <optional>
#include <vector>

#include "core/cns_objects.h"
#include "core/kube_objects.h"

namespace syncer {

// Why nobody may write for a volume now.
enum class HandsOff : std::uint8_t {
  kNo,
  kNoVolume,       // no PV names it: it ends by other rules than ours
  kMarked,         // an object of it could not be decoded
  kControllerOwns, // a Delete-policy PV on its way out belongs to the CSI controller
  kNotSupported,   // a kind of volume that this version does not push
};
const char* to_string(HandsOff reason);

// What CNS should hold for one volume. `hands_off` other than kNo: nothing else is meaningful.
struct Desired {
  HandsOff hands_off = HandsOff::kNo;
  std::vector<CnsEntity> entities; // the PV first, then its claim, then pods
  // What CNS holds of this kind may still be right although it is not wanted: it stays, and nothing
  // of its kind is put beside it. The claim is missing but not surely gone, or an object of the
  // kind could not even be named.
  bool keep_claims = false;
  bool keep_pods = false;
  // This vCenter is known to refuse labels beyond its limits: they are cut before comparing.
  bool cut_labels = false;
  // The answer changes at this moment without any event.
  std::optional<Clock::time_point> look_again;
};

// Depends only on what exists now, so that a late, repeated or missed event cannot change the
// answer. Rules: docs/architecture.md, "What CNS should hold".
Desired desired_state(const VolumeFacts& facts, Clock::time_point now);

} // namespace syncer
