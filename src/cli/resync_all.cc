#include "cli/admin_commands.h"
#include "cli/command_line.h"
#include "cli/full_sync_wait.h"
#include "cli/json_values.h"
#include "config/go_flags.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr const char* kUsualTimeout = "1h";

struct Flags {
  CommonFlags common;
  bool yes = false;
  bool wait = false;
  std::string vcenter;
  std::string timeout = kUsualTimeout;
};

int report(const json& cycles, const json& status, const Flags& flags, const Terminal& terminal) {
  bool good = true;
  json results = json::array();
  for (const json& one : cycles) {
    const std::string host = value_of(one, "vcenter");
    json sync = FullSyncWait::full_sync_at(status, host);
    const std::string result = value_of(sync, "last_result");
    good = good && result == "success";
    if (!flags.common.json()) {
      const std::string error = value_of(sync, "last_error");
      terminal.out << host << ": " << result << ", " << value_of(sync, "volumes_read")
                   << " volumes read, " << value_of(sync, "differed") << " differed, "
                   << value_of(sync, "synced") << " synced, " << value_of(sync, "failed")
                   << " failed" << (error.empty() ? "" : ": ") << error << '\n';
    }
    sync["vcenter"] = host;
    results.push_back(std::move(sync));
  }
  if (flags.common.json()) terminal.out << json{{"resync", results}}.dump(2) << '\n';
  if (!good && !flags.common.json()) terminal.out << "what failed: vsphere-syncer status\n";
  return good ? kDone : kFailed;
}

} // namespace

int run_resync_all(const std::vector<std::string>& arguments, const OpenAdminPort& open,
                   const Terminal& terminal) {
  CLI::App app{
      "Reads all volumes from CNS now, compares them with the cluster and sends what differs.",
      "vsphere-syncer resync-all"};
  Flags flags;
  app.add_flag("-y,--yes", flags.yes, "Do not ask");
  app.add_option("--vcenter", flags.vcenter, "This vCenter alone");
  app.add_flag("--wait", flags.wait, "Show progress, and how it ended");
  app.add_option("--timeout", flags.timeout, "With --wait: the longest to wait, like 30s or 10m")
      ->capture_default_str();
  add_common_flags(app, flags.common);
  app.footer(
      "Exit code 0: begun, or with --wait all in sync; 1: it failed, or volumes did; 2: wrong\n"
      "arguments; 3: not over within --timeout.\n"
      "Example: vsphere-syncer resync-all --yes --wait");
  if (const auto over = parse_arguments(app, arguments, terminal)) return *over;
  const Outcome<Clock::duration> timeout = parse_go_duration(flags.timeout);
  if (!timeout) {
    terminal.err << "--timeout: " << timeout.error().detail << '\n';
    return kWrongUsage;
  }
  const std::string where = flags.vcenter.empty() ? "every vCenter" : flags.vcenter;
  if (!agreed("Compare all volumes at " + where + " now?", flags.yes, terminal)) {
    return terminal.interactive ? kFailed : kWrongUsage;
  }
  const std::unique_ptr<AdminPort> port = open(flags.common.address);
  const json body = flags.vcenter.empty() ? json(nullptr) : json{{"vcenter", flags.vcenter}};
  const Outcome<json> begun = port->ask("POST", "/resync", body);
  if (!begun) {
    terminal.err << begun.error().detail << '\n';
    return kFailed;
  }
  const json cycles = begun->value("resync", json::array());
  if (flags.wait) {
    FullSyncWait wait(*port, terminal);
    const int over = wait.until(cycles, terminal.now() + *timeout, flags.timeout);
    return over == kDone ? report(cycles, wait.status(), flags, terminal) : over;
  }
  if (flags.common.json()) {
    terminal.out << begun->dump(2) << '\n';
    return kDone;
  }
  for (const json& one : cycles) {
    terminal.out << "full sync begun at " << value_of(one, "vcenter") << '\n';
  }
  return kDone;
}

} // namespace syncer
