#include "cli/admin_commands.h"
#include "cli/command_line.h"
#include "cli/explain_text.h"
#include "net/url.h"

namespace syncer {

int run_explain(const std::vector<std::string>& arguments, const OpenAdminPort& open,
                const Terminal& terminal) {
  CLI::App app{
      "Tells everything about one volume: what Kubernetes says, what CNS should hold and "
      "holds, what failed and what is next.",
      "vsphere-syncer explain"};
  CommonFlags flags;
  std::string name;
  app.add_option("NAME", name, "NAMESPACE/CLAIM, the name of a PersistentVolume, or a volume id")
      ->required();
  add_common_flags(app, flags);
  app.footer(
      "Exit code 0: it answered; 1: nothing is called so, or nobody answers; 2: wrong arguments.\n"
      "Example: vsphere-syncer explain shop/data");
  if (const auto over = parse_arguments(app, arguments, terminal)) return *over;
  const auto answer = open(flags.address)->ask("GET", "/explain?name=" + percent_encode(name));
  if (!answer) {
    terminal.err << answer.error().detail << '\n';
    return kFailed;
  }
  terminal.out << (flags.json() ? answer->dump(2) + "\n" : explain_text(*answer, terminal));
  return kDone;
}

} // namespace syncer
