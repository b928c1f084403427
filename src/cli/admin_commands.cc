#include "cli/admin_commands.h"

#include "cli/command_line.h"
#include "cli/json_values.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr std::array<std::pair<const char*, const char*>, 4> kConfirmed = {
    {{"view", "ViewWentBack"},
     {"missing", "MassMissing"},
     {"unregister", "MassUnregister"},
     {"conflict", "ClusterIdConflict"}}};

std::string condition_of(const std::string& what) {
  for (const auto& [word, condition] : kConfirmed) {
    if (word == what) return condition;
  }
  return "";
}

} // namespace

int run_confirm(const std::vector<std::string>& arguments, const OpenAdminPort& open,
                const Terminal& terminal) {
  CLI::App app{"Settles what the service holds back until a human has looked.",
               "vsphere-syncer confirm"};
  CommonFlags flags;
  std::string what;
  bool yes = false;
  app.add_option("WHAT", what,
                 "view: the API server's present state is right; missing: the volumes counted by "
                 "MassMissing are really gone; unregister: those of MassUnregister shall leave "
                 "CNS; conflict: no other cluster writes under our cluster id any more")
      ->required()
      ->check(CLI::IsMember({"view", "missing", "unregister", "conflict"}));
  app.add_flag("-y,--yes", yes, "Do not ask");
  add_common_flags(app, flags);
  app.footer(
      "Exit code 0: done, or nothing was held; 1: it failed or was not agreed to; 2: wrong "
      "arguments.\n"
      "Example: vsphere-syncer confirm missing");
  if (const auto over = parse_arguments(app, arguments, terminal)) return *over;
  const std::unique_ptr<AdminPort> port = open(flags.address);
  const Outcome<json> status = port->ask("GET", "/statusz");
  if (!status) {
    terminal.err << status.error().detail << '\n';
    return kFailed;
  }
  bool stands = false;
  for (const json& condition : status->value("conditions", json::array())) {
    if (value_of(condition, "type") != condition_of(what)) continue;
    stands = true;
    const std::string vcenter = value_of(condition, "vcenter");
    if (!flags.json()) {
      terminal.out << condition_of(what) << (vcenter.empty() ? "" : " at ") << vcenter << ": "
                   << value_of(condition, "detail") << '\n';
    }
  }
  if (status->value("leads", true) && !stands) {
    terminal.out << (flags.json() ? "{\"count\":0}\n"
                                  : "nothing is held: " + condition_of(what) + " does not stand\n");
    return kDone;
  }
  if (stands && !agreed("Confirm?", yes, terminal)) return kFailed;
  const Outcome<json> done = port->ask("POST", "/confirm/" + what);
  if (!done) {
    terminal.err << done.error().detail << '\n';
    return kFailed;
  }
  terminal.out << (flags.json() ? done->dump() : "confirmed: " + value_of(*done, "count")) << '\n';
  return kDone;
}

AdminCommand admin_command(const std::string& name) {
  if (name == "status") return run_status;
  if (name == "resync-all") return run_resync_all;
  if (name == "resync") return run_resync;
  if (name == "explain") return run_explain;
  if (name == "diff") return run_diff;
  if (name == "drift") return run_drift;
  if (name == "confirm") return run_confirm;
  return nullptr;
}

} // namespace syncer
