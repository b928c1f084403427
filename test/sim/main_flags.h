#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "main_settings.h"

namespace syncer::sim {

// The flags of syncer-sim. After parsing, the returned function completes the settings: shares of
// --mixed, hosts of the vCenters.
std::function<void()> declare_flags(CLI::App& app, SimSettings& settings);

// Splits `total` volumes into kinds; a kind that has a count already keeps it, the dynamic ones are
// what is left. In-tree volumes do not exist with several vCenters.
void mix(GeneratorOptions& cluster, std::size_t total, bool several_vcenters);

} // namespace syncer::sim
