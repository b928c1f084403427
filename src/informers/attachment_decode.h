#pragma once

#include <string>
#include <string_view>

#include "core/outcome.h"
#include "informers/kube_decode.h"

namespace syncer {

// spec.source.persistentVolumeName of a VolumeAttachment, given as an item of a list; empty for the
// attachment of an inline volume. kTransient when it cannot be read.
Outcome<std::string> decode_attachment(KubeFormat format, std::string_view bytes);

} // namespace syncer
