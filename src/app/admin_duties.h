#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "app/admin_server.h"
#include "app/election.h"
#include "app/sync_world.h"
#include "informers/informers.h"

namespace syncer {

// The parts of a process that the admin port speaks of. All must outlive the server.
struct AdminParts {
  const Clock& clock;
  const Conditions& conditions;
  const Election& election;
  std::string lease_namespace;
  Informers& informers;
  std::function<SyncWorld*()> world; // null: none yet
  std::function<std::string()> not_ready_because;
  std::function<nlohmann::json()> configuration; // without secrets
};

AdminSources admin_sources(AdminParts parts);

} // namespace syncer
