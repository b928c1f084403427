// config: flags, environment and csi-vsphere.conf, as the container we replace reads them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace syncer {

// One `key = value` of a git-config-like file, or a section header (empty key). Names are folded to
// lower case; the subsection keeps its case and is empty when there is none.
struct GcfgEntry {
  std::string section;
  std::string subsection;
  std::string key;
  std::optional<std::string> value; // none: the key stood alone, which means true for booleans
  int line = 0;
};

// Why the text ends early. `section` and `key` are those being read, as far as known. The reason
// quotes nothing of the text, because that may be a password; and a key may be the second line of
// one.
struct GcfgProblem {
  int line = 0;
  std::string section;
  std::string subsection;
  std::string key;
  const char* reason = "";
};

struct GcfgText {
  std::vector<GcfgEntry> entries; // up to the problem
  std::optional<GcfgProblem> problem;
};

// Parses by the grammar of gopkg.in/gcfg.v1, which the container we replace reads its file with:
// what that takes for an error is one, and values are the same byte for byte
// (scripts/gcfg-test). Which sections and keys exist, and of what type, is the caller's matter.
GcfgText parse_gcfg(std::string_view text);

} // namespace syncer
