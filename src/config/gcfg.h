// config: flags, environment and csi-vsphere.conf, as the container we replace reads them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/outcome.h"

namespace syncer {

// One `key = value` of a git-config-like file, or a section header (empty key). Section and key are
// in lower case; the subsection keeps its case.
struct GcfgEntry {
  std::string section;
  std::optional<std::string> subsection;
  std::string key;
  std::optional<std::string> value; // none: the key stood alone, which means true for booleans
  int line = 0;
};

// Parses the whole text. kRejected with "line N: reason"; the reason never quotes a value, because
// it may be a password. Unknown sections and keys are the caller's matter.
Outcome<std::vector<GcfgEntry>> parse_gcfg(std::string_view text);

} // namespace syncer
