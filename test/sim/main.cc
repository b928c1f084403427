#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <iostream>

#include "main_files.h"
#include "main_flags.h"
#include "main_settings.h"
#include "main_world.h"

namespace {

using syncer::Outcome;
using syncer::sim::SimSettings;

Outcome<std::filesystem::path> prepare_dir(const std::filesystem::path& wanted) {
  std::error_code error;
  if (wanted.empty()) {
    std::string name = (std::filesystem::temp_directory_path(error) / "syncer-sim-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) return std::filesystem::path(name);
    return syncer::Error{syncer::ErrorKind::kRejected, "cannot make a folder " + name};
  }
  std::filesystem::create_directories(wanted, error);
  if (error) {
    return syncer::Error{syncer::ErrorKind::kRejected,
                         "cannot make " + wanted.string() + ": " + error.message()};
  }
  // An old summary would tell a reader that we are ready.
  std::filesystem::remove(wanted / "sim.json", error);
  return std::filesystem::absolute(wanted);
}

int fail(const syncer::Error& error) {
  std::cerr << "syncer-sim: " << error.detail << "\n";
  return 1;
}

int run(const SimSettings& settings) {
  const auto dir = prepare_dir(settings.dir);
  if (!dir) return fail(dir.error());
  const auto credentials = syncer::sim::load_or_make_credentials(*dir, settings.cluster.vcenters);
  if (!credentials) return fail(credentials.error());

  boost::asio::io_context io(1);
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&io](boost::system::error_code, int) { io.stop(); });
  const auto world = syncer::sim::SimWorld::create(io.get_executor(), settings, *credentials);
  if (!world) return fail(world.error());
  const syncer::sim::SimAddresses addresses = (*world)->addresses();
  const auto written = syncer::sim::write_client_files(*dir, *credentials, addresses);
  if (!written) return fail(written.error());

  std::cout << "ready kube=https://127.0.0.1:" << addresses.kube_port
            << " vcenter=https://127.0.0.1:" << addresses.vcenters.front().port
            << " admin=http://127.0.0.1:" << addresses.admin_port << " dir=" << dir->string()
            << std::endl;
  io.run();
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app("An API server and a vCenter, or several, to run vsphere-syncer against.",
               "syncer-sim");
  SimSettings settings;
  const auto complete = syncer::sim::declare_flags(app, settings);
  CLI11_PARSE(app, argc, argv);
  complete();
  return run(settings);
}
