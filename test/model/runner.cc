// Runs seeds of the model and finds the shortest prefix of one that fails. See scripts/model-test.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>

#include "model.h"

namespace {

using syncer::model::Model;
using syncer::model::Result;

struct Options {
  std::uint64_t first = 1;
  std::uint64_t last = 1;
  std::size_t steps = 10'000;
  bool verbose = false;
  bool search = true; // for the shortest failing prefix
};

int usage() {
  std::cerr
      << "usage: model-runner --seed N | --seeds A..B [--steps M] [--verbose] [--no-search]\n";
  return 2;
}

std::optional<Options> parse(int count, char** arguments) {
  Options options;
  bool seeded = false;
  for (int i = 1; i < count; ++i) {
    const std::string flag = arguments[i];
    if (flag == "--verbose") {
      options.verbose = true;
      continue;
    }
    if (flag == "--no-search") {
      options.search = false;
      continue;
    }
    if (++i == count) return std::nullopt;
    const std::string value = arguments[i];
    char* end = nullptr;
    const std::uint64_t number = std::strtoull(value.c_str(), &end, 10);
    if (end == value.c_str()) return std::nullopt;
    if (flag == "--seed" && *end == '\0') {
      options.first = options.last = number;
      seeded = true;
    } else if (flag == "--seeds" && std::string(end).starts_with("..")) {
      options.first = number;
      options.last = std::strtoull(end + 2, nullptr, 10);
      seeded = true;
    } else if (flag == "--steps" && *end == '\0') {
      options.steps = number;
    } else {
      return std::nullopt;
    }
  }
  if (!seeded || options.last < options.first) return std::nullopt;
  return options;
}

void print(std::uint64_t seed, const Result& result) {
  for (const std::string& failure : result.failures) std::cout << "  " << failure << '\n';
  std::cout << "seed " << seed << ": " << (result.failures.empty() ? "ok" : "FAILED") << ", "
            << result.steps << " steps, " << result.updates << " updates, " << result.creates
            << " registrations, " << result.unregistrations << " unregistrations, " << result.labels
            << " pv_missing, " << result.lives << " processes, " << result.drift_rows
            << " rows of drift in " << result.drift_reports << " reports\n"
            << std::flush;
}

// In a process of its own, so that one that dies is a failure like others. The steps after which it
// failed; nothing if it passed.
std::optional<std::size_t> attempt(std::uint64_t seed, std::size_t steps, bool verbose,
                                   bool silent) {
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  const pid_t child = fork();
  if (child == 0) {
    const Result result = Model(seed, verbose).run(steps);
    if (!silent) print(seed, result);
    const std::size_t failed_at = result.failures.empty() ? 0 : result.steps;
    const bool told = write(ends[1], &failed_at, sizeof failed_at) == sizeof failed_at;
    _exit(told && result.failures.empty() ? 0 : 1);
  }
  close(ends[1]);
  std::size_t failed_at = 0;
  const bool told = read(ends[0], &failed_at, sizeof failed_at) == sizeof failed_at;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
  return told && failed_at > 0 ? failed_at : steps;
}

// A prefix of a seed is the same world: if it fails, what follows does not matter.
std::size_t shortest_failing(std::uint64_t seed, std::size_t failing) {
  std::size_t passing = 0;
  while (failing - passing > 1) {
    const std::size_t middle = passing + (failing - passing) / 2;
    if (const auto failed_at = attempt(seed, middle, false, true)) {
      failing = std::min(middle, *failed_at);
    } else {
      passing = middle;
    }
  }
  return failing;
}

} // namespace

int main(int count, char** arguments) {
  const std::optional<Options> options = parse(count, arguments);
  if (!options) return usage();
  const auto begun = std::chrono::steady_clock::now();
  std::size_t failed = 0;
  for (std::uint64_t seed = options->first; seed <= options->last; ++seed) {
    const auto failed_at = attempt(seed, options->steps, options->verbose, false);
    if (!failed_at) continue;
    ++failed;
    if (!options->search) continue;
    const std::size_t shortest = shortest_failing(seed, *failed_at);
    std::cout << "replay: scripts/model-test --seed " << seed << " --steps " << shortest
              << " --verbose\n"
              << std::flush;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  if (options->first != options->last) {
    std::cout << options->last - options->first + 1 << " seeds, " << failed << " failed, "
              << took.count() << " s\n";
  }
  return failed == 0 ? 0 : 1;
}
