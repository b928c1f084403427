#include "cli/command_line.h"

namespace syncer {

void add_output_flag(CLI::App& app, std::string& output) {
  app.add_option("-o,--output", output, "How to print")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
}

void add_common_flags(CLI::App& app, CommonFlags& flags) {
  app.add_option("--admin-address", flags.address, "Where the service listens, HOST:PORT")
      ->capture_default_str();
  add_output_flag(app, flags.output);
}

std::optional<int> parse_arguments(CLI::App& app, const std::vector<std::string>& arguments,
                                   const Terminal& terminal) {
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    terminal.out << app.help();
    return kDone;
  } catch (const CLI::ParseError& problem) {
    terminal.err << problem.what() << "\n\n" << app.help();
    return kWrongUsage;
  }
  return std::nullopt;
}

} // namespace syncer
