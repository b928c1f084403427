#include "core/cns_objects.h"

namespace syncer {

const char* to_string(EntityKind kind) {
  switch (kind) {
    case EntityKind::kVolume:
      return "PERSISTENT_VOLUME";
    case EntityKind::kClaim:
      return "PERSISTENT_VOLUME_CLAIM";
    case EntityKind::kPod:
      return "POD";
  }
  return "";
}

} // namespace syncer
