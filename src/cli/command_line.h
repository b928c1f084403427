#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/terminal.h"

namespace syncer {

inline constexpr const char* kUsualAdminAddress = "127.0.0.1:2114";

// What all commands that ask a running service take.
struct CommonFlags {
  std::string address = kUsualAdminAddress;
  std::string output = "text";
  bool json() const { return output == "json"; }
};

// -o text or json.
void add_output_flag(CLI::App& app, std::string& output);
void add_common_flags(CLI::App& app, CommonFlags& flags);

// The exit code if the command is over: help was asked for, or the arguments are wrong.
std::optional<int> parse_arguments(CLI::App& app, const std::vector<std::string>& arguments,
                                   const Terminal& terminal);

} // namespace syncer
