#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <iostream>

#include "main_files.h"
#include "main_settings.h"
#include "main_world.h"

namespace {

using syncer::Outcome;
using syncer::sim::CnsStart;
using syncer::sim::SimSettings;

// Milliseconds and seconds as people write them, fractions included.
template <class Duration>
Duration duration_of(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

void declare(CLI::App& app, SimSettings& settings) {
  app.add_option("--volumes", settings.cluster.volumes, "volumes with claims")
      ->capture_default_str();
  app.add_option("--pods-per-volume", settings.cluster.pods_per_volume,
                 "running pods on each claim")
      ->capture_default_str();
  app.add_option("--seed", settings.cluster.seed, "the same seed makes the same cluster")
      ->capture_default_str();
  app.add_option("--cluster-id", settings.cluster.cluster_id, "as in csi-vsphere.conf")
      ->capture_default_str();
  app.add_option("--dir", settings.dir,
                 "where kubeconfig, csi-vsphere.conf, certificates and sim.json go; default: a new "
                 "folder below the temporary one");
  app.add_option("--kube-port", settings.kube_port, "of the API server; 0: any free one");
  app.add_option("--vcenter-port", settings.vcenter_port, "of the vCenter; 0: any free one");
  app.add_option("--admin-port", settings.admin_port, "of the control interface; 0: any free one");
  app.add_option("--api-version", settings.api_version, "of the vCenter")->capture_default_str();
  app.add_option_function<double>(
      "--task-time",
      [&settings](double ms) {
        settings.task_time = duration_of<std::chrono::nanoseconds>(ms / 1000);
      },
      "how long a CNS task takes, in milliseconds (2)");
  app.add_option_function<double>(
      "--bookmark-interval",
      [&settings](double seconds) {
        settings.bookmark_interval = duration_of<std::chrono::milliseconds>(seconds);
      },
      "between two bookmarks of a watch, in seconds (60)");
  const std::map<std::string, bool> on_off = {{"on", true}, {"off", false}};
  app.add_option("--streaming-lists", settings.streaming_lists, "on, or off like an older server")
      ->transform(CLI::CheckedTransformer(on_off));
  app.add_flag("!--no-streaming-lists", settings.streaming_lists, "the same as off");
  app.add_option("--watch-cache", settings.watch_cache, "off: every limit of a list is honoured")
      ->transform(CLI::CheckedTransformer(on_off));
  const auto start = [&settings](CnsStart value) {
    return [&settings, value](std::int64_t) { settings.cluster.start = value; };
  };
  auto* drifted = app.add_flag_function("--drifted", start(CnsStart::kDrifted),
                                        "CNS differs from Kubernetes on every volume");
  app.add_flag_function("--in-sync", start(CnsStart::kInSync), "CNS equals Kubernetes")
      ->excludes(drifted);
}

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
  const auto credentials = syncer::sim::load_or_make_credentials(*dir);
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
            << " vcenter=https://127.0.0.1:" << addresses.vcenter_port
            << " admin=http://127.0.0.1:" << addresses.admin_port << " dir=" << dir->string()
            << std::endl;
  io.run();
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app("An API server and a vCenter to run vsphere-syncer against.", "syncer-sim");
  SimSettings settings;
  declare(app, settings);
  CLI11_PARSE(app, argc, argv);
  return run(settings);
}
