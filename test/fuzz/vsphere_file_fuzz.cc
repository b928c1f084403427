// csi-vsphere.conf of any shape: read or refused with a line of the file, and checked whole.
#include <algorithm>
#include <string_view>

#include "config/gcfg.h"
#include "config/vsphere_config.h"
#include "fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace syncer;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto lines = std::count(text.begin(), text.end(), '\n') + 1;

  const GcfgText parsed = parse_gcfg(text);
  int line = 1;
  for (const GcfgEntry& entry : parsed.entries) {
    must(!entry.section.empty() && entry.line >= line);
    line = entry.line;
  }
  if (parsed.problem) must(parsed.problem->line >= line && parsed.problem->line <= lines);

  const auto file = read_vsphere_file(text);
  must(!(parsed.problem && file));
  if (!file) return 0;
  const auto config = checked_config(*file);
  if (!config) return 0;
  must(!config->vcenters.empty() && config->vcenters.size() <= 5);
  for (const VCenterConfig& vcenter : config->vcenters) {
    must(!vcenter.host.empty() && !vcenter.user.empty() && !vcenter.password.empty());
  }
  return 0;
}
