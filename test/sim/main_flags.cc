#include "main_flags.h"

#include <algorithm>
#include <map>
#include <memory>

namespace syncer::sim {

namespace {

constexpr std::size_t kMostVcenters = 5; // as many as a configuration may have

// Milliseconds and seconds as people write them, fractions included.
template <class Duration>
Duration duration_of(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

void declare_cluster(CLI::App& app, GeneratorOptions& cluster) {
  app.add_option("--volumes", cluster.volumes, "dynamic block volumes with claims")
      ->capture_default_str();
  app.add_option("--pods-per-volume", cluster.pods_per_volume, "running pods on each claim")
      ->capture_default_str();
  app.add_option("--seed", cluster.seed, "the same seed makes the same cluster")
      ->capture_default_str();
  app.add_option("--cluster-id", cluster.cluster_id, "as in csi-vsphere.conf")
      ->capture_default_str();
  app.add_flag("--cluster-id-from-configmap", cluster.cluster_id_in_configmap,
               "the id stands in ConfigMap vsphere-csi-cluster-id and not in csi-vsphere.conf");
  const auto start = [&cluster](CnsStart value) {
    return [&cluster, value](std::int64_t) { cluster.start = value; };
  };
  auto* drifted = app.add_flag_function("--drifted", start(CnsStart::kDrifted),
                                        "CNS differs from Kubernetes on every volume");
  app.add_flag_function("--in-sync", start(CnsStart::kInSync), "CNS equals Kubernetes")
      ->excludes(drifted);
}

void declare_kinds(CLI::App& app, GeneratorOptions& cluster) {
  const char* group = "Further kinds of volumes";
  app.add_option("--static", cluster.static_volumes,
                 "PVs written by hand; every second is not in CNS yet")
      ->group(group);
  app.add_option("--files", cluster.file_volumes,
                 "PVs on file shares, three on each; every third share is not in CNS yet")
      ->group(group);
  app.add_option("--in-tree", cluster.in_tree,
                 "migrated in-tree PVs; every second is not registered yet")
      ->group(group);
  app.add_option("--inline", cluster.inline_pods, "pods that name an in-tree volume themselves")
      ->group(group);
  app.add_option("--ephemeral", cluster.ephemeral, "pods with a generic ephemeral volume")
      ->group(group);
  app.add_option("--foreign", cluster.foreign,
                 "volumes of other drivers, every third before one of ours in the same pod")
      ->group(group);
  app.add_option("--poison", cluster.poison,
                 "objects that something may choke on, 20 kinds in turn")
      ->group(group);
}

void declare_servers(CLI::App& app, SimSettings& settings) {
  const std::map<std::string, bool> on_off = {{"on", true}, {"off", false}};
  app.add_option("--dir", settings.dir,
                 "where kubeconfig, csi-vsphere.conf, certificates and sim.json go; default: a new "
                 "folder below the temporary one");
  app.add_option("--kube-port", settings.kube_port, "of the API server; 0: any free one");
  app.add_option("--kube-version", settings.kube_version, "what the API server says it is")
      ->capture_default_str();
  app.add_flag("--controllers", settings.controllers,
               "provisioner and volume controllers, one step at each POST "
               "/sim/kube/controllers/tick");
  app.add_option("--vcenter-port", settings.vcenter_port,
                 "of the first vCenter; 0: any free one, as for the others");
  app.add_option("--admin-port", settings.admin_port, "of the control interface; 0: any free one");
  app.add_option("--api-version", settings.api_version, "of the vCenters")->capture_default_str();
  app.add_option("--lockout-after", settings.lockout_after,
                 "wrong passwords in a row that lock the account of a vCenter; 0: never")
      ->capture_default_str();
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
  app.add_option("--streaming-lists", settings.streaming_lists, "on, or off like an older server")
      ->transform(CLI::CheckedTransformer(on_off));
  app.add_flag("!--no-streaming-lists", settings.streaming_lists, "the same as off");
  app.add_option("--watch-cache", settings.watch_cache, "off: every limit of a list is honoured")
      ->transform(CLI::CheckedTransformer(on_off));
}

void declare_vcenters(CLI::App& app, SimSettings& settings) {
  app.add_option("--vcenters", settings.vcenters,
                 "vCenters at 127.0.0.1, 127.0.0.2, ...: volumes spread over them; node affinity, "
                 "CSINodeTopology and CNSVolumeInfo objects say where each is")
      ->check(CLI::Range(std::size_t{1}, kMostVcenters))
      ->capture_default_str();
  const std::map<std::string, VolumeInfos> which = {
      {"all", VolumeInfos::kAll}, {"half", VolumeInfos::kHalf}, {"none", VolumeInfos::kNone}};
  app.add_option("--volume-infos", settings.cluster.volume_infos,
                 "with several vCenters: which volumes have their CNSVolumeInfo (all)")
      ->transform(CLI::CheckedTransformer(which));
}

void share(std::size_t& kind, std::size_t total, std::size_t divisor, std::size_t& left) {
  if (kind == 0) kind = std::min(left, std::max<std::size_t>(1, total / divisor));
  left -= std::min(left, kind);
}

} // namespace

void mix(GeneratorOptions& cluster, std::size_t total, bool several_vcenters) {
  std::size_t left = total;
  share(cluster.static_volumes, total, 10, left);
  share(cluster.file_volumes, total, 10, left);
  if (!several_vcenters) {
    share(cluster.in_tree, total, 10, left);
    share(cluster.inline_pods, total, 20, left);
  }
  share(cluster.ephemeral, total, 20, left);
  share(cluster.foreign, total, 20, left);
  cluster.volumes = left;
}

std::function<void()> declare_flags(CLI::App& app, SimSettings& settings) {
  declare_cluster(app, settings.cluster);
  declare_kinds(app, settings.cluster);
  declare_vcenters(app, settings);
  declare_servers(app, settings);
  const auto mixed = std::make_shared<bool>(false);
  app.add_flag("--mixed", *mixed,
               "--volumes is the number of all kinds together: a tenth each static, files and "
               "in-tree, a twentieth each inline, ephemeral and foreign; a kind with a count of "
               "its own keeps it; poison is extra")
      ->group("Further kinds of volumes");
  return [&settings, mixed] {
    settings.cluster.vcenters.clear();
    for (std::size_t i = 1; i <= settings.vcenters; ++i) {
      settings.cluster.vcenters.push_back("127.0.0." + std::to_string(i));
    }
    if (*mixed) mix(settings.cluster, settings.cluster.volumes, settings.vcenters > 1);
  };
}

} // namespace syncer::sim
