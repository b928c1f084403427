#pragma once

#include "core/cns_objects.h"

namespace syncer {

// What CNS keeps of labels per entity (vendor documentation of CnsUpdateVolumeMetadata).
inline constexpr std::size_t kMaxLabels = 32;
inline constexpr std::size_t kMaxLabelKeyBytes = 319;
inline constexpr std::size_t kMaxLabelValueBytes = 63;

// Takes away what exceeds the limits: labels whose key or value is too long, then those beyond the
// count. `pv_missing` and `pv_retained` stay first, then keys in byte order. True if anything went.
bool cut_labels(CnsEntity& entity);
bool cut_labels(std::vector<CnsEntity>& entities); // true if anything of any went

} // namespace syncer
