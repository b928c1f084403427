#include "cli/admin_commands.h"
#include "cli/command_line.h"
#include "cli/display_text.h"
#include "cli/explain_text.h"
#include "cli/json_values.h"
#include "config/go_flags.h"
#include "net/url.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds kPoll{200};

struct Flags {
  CommonFlags common;
  std::string name;
  bool wait = false;
  std::string timeout = "2m";
};

// The volume in an answer of GET /explain; null: it is not there any more.
json volume_in(const json& answer, const std::string& id) {
  for (const json& volume : answer.value("volumes", json::array())) {
    if (value_of(volume, "volume") == printable(id)) return volume;
  }
  return nullptr;
}

// This look or a later one has ended.
bool over(const json& volume, std::uint64_t number) {
  const json look = volume.value("resync", json());
  if (!look.is_object() || look.value("number", 0ULL) < number) return false;
  const std::string state = value_of(look, "state");
  return state == "in_sync" || state == "failed";
}

std::string outcome_text(const json& volume, const Terminal& terminal) {
  const json& look = volume["resync"];
  const std::string verdict = value_of(volume, "verdict");
  if (value_of(look, "state") == "failed" || verdict.starts_with("Left alone")) {
    return verdict_text(verdict, terminal);
  }
  return verdict_text(look.value("written", false) ? "In sync: it differed, and was written to CNS."
                                                   : "In sync: nothing had to be written.",
                      terminal);
}

class WaitingForLooks {
 public:
  WaitingForLooks(AdminPort& port, const Flags& flags, const Terminal& terminal)
      : port_(port), flags_(flags), terminal_(terminal), progress_(terminal) {}

  int until(const json& looks, Clock::time_point deadline) {
    json results = json::array();
    bool good = true;
    for (const json& look : looks) {
      const std::string id = look.value("volume", "");
      for (;;) {
        const Outcome<json> answer = port_.ask("GET", "/explain?name=" + percent_encode(id));
        if (!answer) return failed(answer.error().detail, kFailed);
        const json volume = volume_in(*answer, id);
        if (volume.is_null())
          return failed(id + ": the service does not know it any more", kFailed);
        if (over(volume, look.value("number", 0ULL))) {
          good = good && value_of(volume["resync"], "state") == "in_sync";
          report(volume);
          results.push_back(volume);
          break;
        }
        progress_.show(id + ": " + value_of(volume, "verdict"));
        if (terminal_.now() >= deadline) {
          return failed(id + ": not over after " + flags_.timeout + ": " +
                            value_of(volume, "verdict") + "\nIt goes on: vsphere-syncer explain " +
                            flags_.name,
                        kTimedOut);
        }
        terminal_.pause(kPoll);
      }
    }
    if (flags_.common.json()) terminal_.out << json{{"resync", results}}.dump(2) << '\n';
    return good ? kDone : kFailed;
  }

 private:
  void report(const json& volume) {
    progress_.clear();
    if (flags_.common.json()) return;
    terminal_.out << value_of(volume, "volume") << ": " << outcome_text(volume, terminal_) << '\n';
  }

  int failed(const std::string& why, int code) {
    progress_.clear();
    terminal_.err << why << '\n';
    return code;
  }

  AdminPort& port_;
  const Flags& flags_;
  const Terminal& terminal_;
  ProgressLine progress_;
};

} // namespace

int run_resync(const std::vector<std::string>& arguments, const OpenAdminPort& open,
               const Terminal& terminal) {
  CLI::App app{
      "Reads one volume from CNS now, whatever is believed of it, and writes it if it "
      "differs.",
      "vsphere-syncer resync"};
  Flags flags;
  app.add_option("NAME", flags.name,
                 "NAMESPACE/CLAIM, the name of a PersistentVolume, or a volume id")
      ->required();
  app.add_flag("--wait", flags.wait, "Say how it ended");
  app.add_option("--timeout", flags.timeout, "With --wait: the longest to wait, like 30s or 10m")
      ->capture_default_str();
  add_common_flags(app, flags.common);
  app.footer(
      "Exit code 0: begun, or with --wait in sync or left alone; 1: it failed, or nothing is "
      "called\n"
      "so; 2: wrong arguments; 3: not over within --timeout.\n"
      "Example: vsphere-syncer resync shop/data --wait");
  if (const auto over = parse_arguments(app, arguments, terminal)) return *over;
  const Outcome<Clock::duration> timeout = parse_go_duration(flags.timeout);
  if (!timeout) {
    terminal.err << "--timeout: " << timeout.error().detail << '\n';
    return kWrongUsage;
  }
  const std::unique_ptr<AdminPort> port = open(flags.common.address);
  const Outcome<json> begun = port->ask("POST", "/resync", {{"object", flags.name}});
  if (!begun) {
    terminal.err << begun.error().detail << '\n';
    return kFailed;
  }
  const json looks = begun->value("resync", json::array());
  if (flags.wait) {
    return WaitingForLooks(*port, flags, terminal).until(looks, terminal.now() + *timeout);
  }
  if (flags.common.json()) {
    terminal.out << begun->dump(2) << '\n';
    return kDone;
  }
  for (const json& one : looks) {
    terminal.out << value_of(one, "volume") << " at " << value_of(one, "vcenter")
                 << ": begun (--wait says how it ends)\n";
  }
  return kDone;
}

} // namespace syncer
