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
  kNoVolume,       // no PV and no pod names it: it ends by other rules than ours
  kMarked,         // an object of it could not be decoded
  kControllerOwns, // a Delete-policy PV on its way out belongs to the CSI controller
  kNotReady,       // its PV is Pending or Failed
};
const char* to_string(HandsOff reason);
// The rule as a sentence for people, without its full stop; empty for kNo.
const char* sentence_of(HandsOff reason);

// What CNS should hold for one volume. `hands_off` other than kNo: of the rest only `look_again`
// and `inline_ended` mean anything.
struct Desired {
  HandsOff hands_off = HandsOff::kNo;
  // A file volume may hold many entities of a kind, a block volume one.
  bool is_file = false;
  std::vector<CnsEntity> entities; // per PV: the PV first, then its claim, then pods
  // What CNS holds of this kind may still be right although it is not wanted: it stays, and on a
  // block volume nothing of its kind is put beside it. The claim is missing but not surely gone, an
  // object of the kind could not even be named, or only pods name the volume.
  bool keep_volumes = false;
  bool keep_claims = false;
  bool keep_pods = false;
  // Of a file share: neither written nor removed, because they belong to a PV that is hands off.
  std::vector<EntityRef> untouched;
  // An in-tree volume that only pods named, and none does any more: what is left of them, the POD
  // entities without a claim, goes.
  bool inline_ended = false;
  // This vCenter is known to refuse labels beyond its limits: they are cut before comparing.
  bool cut_labels = false;
  // Nothing is taken away without something of its kind in its place.
  bool upsert_only = false;
  // The answer changes at this moment without any event.
  std::optional<Clock::time_point> look_again;
};

// Depends only on what exists now, so that a late, repeated or missed event cannot change the
// answer. `type` is what CNS says the volume is; access modes decide while that is not known.
// Rules: docs/architecture.md, "What CNS should hold".
Desired desired_state(const VolumeFacts& facts, Clock::time_point now,
                      CnsVolumeType type = CnsVolumeType::kUnknown);

// Whether anybody may write for this PV of a volume.
HandsOff hands_off(const BoundVolume& volume, Clock::time_point now);

// The PV that a block volume shows, of several that name it: Bound before others, then the oldest,
// then by name. `volumes` is not empty.
const BoundVolume& serving_volume(const std::vector<BoundVolume>& volumes);

} // namespace syncer
