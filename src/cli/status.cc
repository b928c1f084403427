#include "cli/admin_commands.h"
#include "cli/command_line.h"
#include "cli/status_text.h"
#include "cli/status_watch.h"

namespace syncer {

namespace {

using nlohmann::json;

struct Flags {
  CommonFlags common;
  std::size_t failures = kUsualFailures;
  double every = 2; // seconds
};

std::unique_ptr<StatusView> view_of(const Flags& flags, const Terminal& terminal) {
  if (flags.common.json()) return std::make_unique<JsonLines>(terminal);
  if (terminal.screen) return std::make_unique<LivePicture>(flags.failures, flags.every, terminal);
  return std::make_unique<StatusLog>(flags.failures, terminal);
}

} // namespace

int run_status(const std::vector<std::string>& arguments, const OpenAdminPort& open,
               const Terminal& terminal) {
  CLI::App app{"Shows how the service is: health, conditions, volumes, failures.",
               "vsphere-syncer status"};
  Flags flags;
  CLI::Option* const watch =
      app.add_option("-w,--watch", flags.every,
                     "Again and again, every so many seconds: redrawn on a terminal, otherwise one "
                     "after the other; with -o json one object per line")
          ->expected(0, 1)
          ->check(CLI::Range(0.1, 3600.0))
          ->type_name("SECONDS")
          ->default_str("2");
  app.add_option("--failures", flags.failures, "How many failing volumes to list")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  add_common_flags(app, flags.common);
  app.footer(
      "Exit code 0: it answered, or the watching was ended; 1: it did not answer; 2: wrong\n"
      "arguments.\n"
      "Example: vsphere-syncer status --watch");
  if (const auto over = parse_arguments(app, arguments, terminal)) return *over;
  const std::unique_ptr<AdminPort> port = open(flags.common.address);
  if (watch->count() > 0) {
    const std::unique_ptr<StatusView> view = view_of(flags, terminal);
    watch_status(*port, *view, flags.every, terminal);
  }
  const Outcome<json> status = port->ask("GET", "/statusz");
  if (!status) {
    terminal.err << status.error().detail << '\n';
    return kFailed;
  }
  terminal.out << (flags.common.json() ? status->dump(2) + "\n"
                                       : status_text(*status, terminal, flags.failures));
  return kDone;
}

} // namespace syncer
