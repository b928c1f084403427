#include <algorithm>

#include "cli/admin_commands.h"
#include "cli/command_line.h"
#include "cli/drift_text.h"
#include "cli/full_sync_wait.h"
#include "cli/json_values.h"
#include "config/go_flags.h"
#include "core/drift_class.h"

namespace syncer {

namespace {

using nlohmann::json;

struct Flags {
  std::string address = kUsualAdminAddress;
  std::string output = "text";
  std::string type;
  bool now = false;
  bool exit_code = false;
  std::string timeout = "1h";
};

std::vector<std::string> classes() {
  std::vector<std::string> names;
  names.reserve(kDriftClasses.size());
  for (const DriftClass type : kDriftClasses) names.emplace_back(to_string(type));
  return names;
}

// Something is wrong, or a vCenter has not been read yet.
bool any_drift(const json& report) {
  const json vcenters = report.value("vcenters", json::array());
  return vcenters.empty() || std::any_of(vcenters.begin(), vcenters.end(), [](const json& vcenter) {
           return !vcenter.value("rows", json::array()).empty() ||
                  vcenter.value("full_sync_ended", json()).is_null();
         });
}

// A full sync of every vCenter, until it has ended.
int full_sync(AdminPort& port, const Flags& flags, Clock::duration timeout,
              const Terminal& terminal) {
  const Outcome<json> begun = port.ask("POST", "/resync");
  if (!begun) {
    terminal.err << begun.error().detail << '\n';
    return kFailed;
  }
  const json cycles = begun->value("resync", json::array());
  FullSyncWait wait(port, terminal);
  const int over = wait.until(cycles, terminal.now() + timeout, flags.timeout);
  if (over != kDone) return over;
  for (const json& one : cycles) {
    const std::string host = value_of(one, "vcenter");
    const json sync = FullSyncWait::full_sync_at(wait.status(), host);
    if (value_of(sync, "last_result") != "failure") continue;
    terminal.err << host << ": the full sync failed: " << value_of(sync, "last_error")
                 << "; what follows is of an earlier one\n";
  }
  return kDone;
}

int print(AdminPort& port, const Flags& flags, const Terminal& terminal) {
  const std::string path = flags.type.empty() ? "/drift" : "/drift?class=" + flags.type;
  const Outcome<json> report = port.ask("GET", path);
  if (!report) {
    terminal.err << report.error().detail << '\n';
    return kFailed;
  }
  if (flags.output == "csv") {
    const Outcome<std::string> rows =
        port.read_text(path + (flags.type.empty() ? "?" : "&") + "format=csv");
    if (!rows) {
      terminal.err << rows.error().detail << '\n';
      return kFailed;
    }
    terminal.out << *rows;
  } else {
    terminal.out << (flags.output == "json" ? report->dump(2) + "\n"
                                            : drift_report_text(*report, terminal));
  }
  return flags.exit_code && any_drift(*report) ? kFailed : kDone;
}

} // namespace

int run_drift(const std::vector<std::string>& arguments, const OpenAdminPort& open,
              const Terminal& terminal) {
  CLI::App app{
      "Shows where Kubernetes and CNS disagree in a way that no update mends, and the commands to "
      "look closer. Changes nothing.",
      "vsphere-syncer drift"};
  Flags flags;
  app.add_option("--class", flags.type, "This class alone")->check(CLI::IsMember(classes()));
  app.add_flag("--now", flags.now, "A full sync first, and what it found");
  app.add_option("--timeout", flags.timeout, "With --now: the longest to wait, like 30s or 10m")
      ->capture_default_str();
  app.add_flag("--exit-code", flags.exit_code,
               "1 if there is drift, or no full sync has ended yet");
  app.add_option("--admin-address", flags.address, "Where the service listens, HOST:PORT")
      ->capture_default_str();
  app.add_option("-o,--output", flags.output, "How to print")
      ->check(CLI::IsMember({"text", "json", "csv"}))
      ->capture_default_str();
  app.footer(
      "Exit code 0: it was shown; 1: it could not be, or --exit-code says so; 2: wrong arguments;\n"
      "3: with --now not over within --timeout.\n"
      "Example: vsphere-syncer drift --now --class cns_without_pv");
  if (const auto over = parse_arguments(app, arguments, terminal)) return *over;
  const Outcome<Clock::duration> timeout = parse_go_duration(flags.timeout);
  if (!timeout) {
    terminal.err << "--timeout: " << timeout.error().detail << '\n';
    return kWrongUsage;
  }
  const std::unique_ptr<AdminPort> port = open(flags.address);
  if (flags.now) {
    const int over = full_sync(*port, flags, *timeout, terminal);
    if (over != kDone) return over;
  }
  return print(*port, flags, terminal);
}

} // namespace syncer
