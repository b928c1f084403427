#include <spdlog/logger.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "app/adopt_command.h"
#include "app/daemon.h"
#include "app/logging.h"
#include "app/preflight_command.h"
#include "app/screen.h"
#include "app/settings.h"
#include "app/termination_log.h"
#include "app/vcenter_setup.h"
#include "cli/admin_commands.h"
#include "cli/check_config.h"
#include "core/asio_clock.h"

namespace {

constexpr int kFault = 1;
constexpr int kUsage = 2;

int run(const syncer::Settings& settings) {
  const auto log = syncer::make_logger(settings.log_json, settings.log_level);
  for (const std::string& warning : settings.warnings) log->warn("{}", warning);
  for (const std::string& name : settings.unused) log->debug("{}: has no meaning here", name);
  // A core file would hold the vCenter password.
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);

  boost::asio::io_context io(1);
  syncer::Daemon daemon(io, settings, *log);
  if (const syncer::Outcome<> ready = daemon.prepare(); !ready) {
    log->error("cannot start: {}", ready.error().detail);
    syncer::write_termination_log(syncer::kTerminationLog, ready.error().detail);
    return kUsage;
  }
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code& failure, int signal) {
    if (failure) return;
    log->info("signal {}: ending", signal);
    daemon.shut_down();
  });
  boost::asio::signal_set level_signal(io, SIGUSR1);
  bool debug = false;
  const std::function<void()> await_level_signal = [&] {
    level_signal.async_wait([&](const boost::system::error_code& failure, int) {
      if (failure) return;
      debug = !debug;
      const std::string level = debug ? "debug" : settings.log_level;
      syncer::set_log_level(level);
      log->info("log_level={} until the next SIGUSR1", level);
      await_level_signal();
    });
  };
  await_level_signal();
  log->info("vsphere-syncer {} starting", SYNCER_VERSION);
  daemon.start();
  io.run();
  const int code = daemon.exit_code();
  if (const std::string& why = daemon.end_reason(); !why.empty()) {
    syncer::write_termination_log(syncer::kTerminationLog, why);
  }
  syncer::tell_repeats(*log);
  log->info("ended");
  log->flush();
  std::cout.flush();
  std::fflush(stdout);
  // Parked coroutines refer to the daemon's objects and those to the io_context: the process ends
  // without taking either apart.
  std::quick_exit(code);
}

// As a shell reads it again.
std::string command_line(const std::vector<std::string>& arguments) {
  static constexpr const char* kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:=,@";
  std::string line = "vsphere-syncer";
  for (const std::string& argument : arguments) {
    std::string quoted = argument;
    if (argument.empty() || argument.find_first_not_of(kPlain) != std::string::npos) {
      quoted = "'";
      for (const char c : argument) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
      quoted += "'";
    }
    line += " " + quoted;
  }
  return line;
}

boost::asio::awaitable<void> sleep_or_resize(syncer::Clock& clock, boost::asio::io_context& io,
                                             syncer::Clock::duration time) {
  using boost::asio::experimental::awaitable_operators::operator||;
  boost::asio::signal_set resized(io, SIGWINCH);
  constexpr auto kQuietly = boost::asio::as_tuple(boost::asio::use_awaitable);
  co_await (clock.sleep_until(clock.now() + time) || resized.async_wait(kQuietly));
}

int run_admin(syncer::AdminCommand command, const std::vector<std::string>& given) {
  const std::vector<std::string> arguments(given.begin() + 1, given.end());
  boost::asio::io_context io(1);
  syncer::AsioClock clock(io.get_executor());
  const auto read_line = [] {
    std::string line;
    std::getline(std::cin, line);
    return line;
  };
  const auto pause = [&](syncer::Clock::duration time) {
    boost::asio::co_spawn(io, sleep_or_resize(clock, io, time),
                          [](const std::exception_ptr& failure) {
                            if (failure) std::rethrow_exception(failure);
                          });
    io.restart();
    io.run();
  };
  const bool interactive = isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
  const syncer::Terminal terminal{std::cout,
                                  std::cerr,
                                  interactive,
                                  syncer::screen_has_colours(),
                                  isatty(STDERR_FILENO) != 0,
                                  read_line,
                                  pause,
                                  [&] { return clock.now(); },
                                  syncer::screen_size().columns,
                                  syncer::screen_has_unicode(),
                                  syncer::screen_is_drawn_on(),
                                  syncer::screen_size,
                                  [&] { return clock.wall_now(); },
                                  syncer::end_screen_quietly};
  const syncer::OpenAdminPort open = [&given](const std::string& address) {
    return std::make_unique<syncer::HttpAdminPort>(address, command_line(given));
  };
  return command(arguments, open, terminal);
}

} // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto environment = [](const char* name) -> std::optional<std::string> {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  if (!arguments.empty() && arguments.front() == "adopt") {
    return syncer::run_adopt({arguments.begin() + 1, arguments.end()}, environment);
  }
  if (!arguments.empty() && arguments.front() == "preflight") {
    const syncer::Terminal terminal{std::cout, std::cerr, false, syncer::screen_has_colours()};
    return syncer::run_preflight({arguments.begin() + 1, arguments.end()}, environment, terminal);
  }
  if (!arguments.empty() && arguments.front() == "check-config") {
    boost::asio::io_context io(1);
    const auto usable = [&](const syncer::VSphereConfig& config) {
      return syncer::check_connections(io.get_executor(), config);
    };
    std::string usual = environment("VSPHERE_CSI_CONFIG").value_or("");
    if (usual.empty()) usual = syncer::Settings().vsphere_config;
    return syncer::check_config({arguments.begin() + 1, arguments.end()},
                                {usual, syncer::vsphere_environment(environ), usable}, std::cout,
                                std::cerr);
  }
  if (!arguments.empty()) {
    if (const syncer::AdminCommand command = syncer::admin_command(arguments.front())) {
      return run_admin(command, arguments);
    }
  }
  auto settings = syncer::read_settings(arguments, environment);
  if (const auto* exit = std::get_if<syncer::Exit>(&settings)) {
    (exit->code == 0 ? std::cout : std::cerr) << exit->text;
    if (exit->code != 0) syncer::write_termination_log(syncer::kTerminationLog, exit->text);
    return exit->code;
  }
  std::get<syncer::Settings>(settings).vsphere_environment = syncer::vsphere_environment(environ);
  try {
    return run(std::get<syncer::Settings>(settings));
  } catch (const std::exception& fault) {
    std::cerr << "vsphere-syncer: " << fault.what() << '\n';
    syncer::write_termination_log(syncer::kTerminationLog, fault.what());
    return kFault;
  }
}
