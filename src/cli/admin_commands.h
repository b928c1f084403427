#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/admin_port.h"
#include "cli/terminal.h"

namespace syncer {

using OpenAdminPort = std::function<std::unique_ptr<AdminPort>(const std::string& address)>;

// One of the commands that ask a running service; the exit code, as in terminal.h.
using AdminCommand = int (*)(const std::vector<std::string>& arguments, const OpenAdminPort& open,
                             const Terminal& terminal);

// vsphere-syncer status: health, conditions, volumes and failures, once or again and again.
int run_status(const std::vector<std::string>& arguments, const OpenAdminPort& open,
               const Terminal& terminal);
// vsphere-syncer resync-all: a full sync now, and with --wait what came of it.
int run_resync_all(const std::vector<std::string>& arguments, const OpenAdminPort& open,
                   const Terminal& terminal);
// vsphere-syncer confirm view|missing|unregister|conflict: settles what the service holds back.
int run_confirm(const std::vector<std::string>& arguments, const OpenAdminPort& open,
                const Terminal& terminal);

// vsphere-syncer explain NAME: everything about one volume.
int run_explain(const std::vector<std::string>& arguments, const OpenAdminPort& open,
                const Terminal& terminal);
// vsphere-syncer resync NAME: reads one volume from CNS and writes it if it differs.
int run_resync(const std::vector<std::string>& arguments, const OpenAdminPort& open,
               const Terminal& terminal);
// vsphere-syncer diff: what differs between CNS and the cluster; changes nothing.
int run_diff(const std::vector<std::string>& arguments, const OpenAdminPort& open,
             const Terminal& terminal);
// vsphere-syncer drift: what no update can mend, and how to look closer; changes nothing.
int run_drift(const std::vector<std::string>& arguments, const OpenAdminPort& open,
              const Terminal& terminal);

// Null: no such command.
AdminCommand admin_command(const std::string& name);

} // namespace syncer
