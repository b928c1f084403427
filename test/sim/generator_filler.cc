#include "sim/generator_filler.h"

#include "sim/kube_filler.h"

namespace syncer::sim {

namespace {

constexpr const char* kStart = "2026-03-02T08:15:30Z";
constexpr const char* kDigest =
    "sha256:6f0c2f8b6e2f3e5c1f7f4f9a4b6d7e8c9a0b1c2d3e4f5061728394a5b6c7d8e9";

const json kLeaf = json::object();

// {"f:a":{},"f:b":{}} and "." as the server writes a set of fields.
json fields(std::initializer_list<const char*> names) {
  json set = {{".", kLeaf}};
  for (const char* name : names) set[std::string("f:") + name] = kLeaf;
  return set;
}

json entry(const char* manager, const char* version, json set, const char* subresource = "") {
  json made = {{"manager", manager}, {"operation", "Update"},    {"apiVersion", version},
               {"time", kStart},     {"fieldsType", "FieldsV1"}, {"fieldsV1", std::move(set)}};
  if (*subresource != '\0') made["subresource"] = subresource;
  return made;
}

json condition_fields() {
  json conditions = {{".", kLeaf}};
  for (const char* type :
       {"ContainersReady", "Initialized", "PodReadyToStartContainers", "PodScheduled", "Ready"}) {
    conditions[std::string("k:{\"type\":\"") + type + "\"}"] =
        fields({"lastProbeTime", "lastTransitionTime", "status", "type"});
  }
  return conditions;
}

json container_fields(const std::string& name) {
  json env = {{".", kLeaf}};
  for (const char* variable : {"DATA_DIR", "LOG_LEVEL", "MAX_CONNECTIONS", "POD_NAME"}) {
    env[std::string("k:{\"name\":\"") + variable + "\"}"] = fields({"name", "value"});
  }
  const json probe = {{".", kLeaf},
                      {"f:failureThreshold", kLeaf},
                      {"f:httpGet", fields({"path", "port", "scheme"})},
                      {"f:periodSeconds", kLeaf},
                      {"f:successThreshold", kLeaf},
                      {"f:timeoutSeconds", kLeaf}};
  json set = fields({"args", "command", "image", "imagePullPolicy", "name",
                     "terminationMessagePath", "terminationMessagePolicy"});
  set["f:env"] = env;
  set["f:livenessProbe"] = probe;
  set["f:readinessProbe"] = probe;
  set["f:ports"] = {{".", kLeaf},
                    {R"(k:{"containerPort":8080,"protocol":"TCP"})",
                     fields({"containerPort", "name", "protocol"})}};
  set["f:resources"] = {{".", kLeaf},
                        {"f:limits", fields({"cpu", "memory"})},
                        {"f:requests", fields({"cpu", "memory"})}};
  set["f:volumeMounts"] = {{".", kLeaf},
                           {R"(k:{"mountPath":"/var/lib/data"})", fields({"mountPath", "name"})}};
  return {{"k:{\"name\":\"" + name + "\"}", set}};
}

json pod_managed_fields(const std::string& app) {
  const json made_by_set = {
      {"f:metadata",
       {{"f:generateName", kLeaf},
        {"f:labels", fields({"app", "app.kubernetes.io/name", "app.kubernetes.io/part-of",
                             "apps.kubernetes.io/pod-index", "controller-revision-hash",
                             "statefulset.kubernetes.io/pod-name"})},
        {"f:ownerReferences",
         {{".", kLeaf}, {R"(k:{"uid":"0e2f5ad7-66a1-4d6f-9d9b-f6fb4d6f2c11"})", kLeaf}}}}},
      {"f:spec",
       {{"f:containers", container_fields(app)},
        {"f:dnsPolicy", kLeaf},
        {"f:enableServiceLinks", kLeaf},
        {"f:hostname", kLeaf},
        {"f:restartPolicy", kLeaf},
        {"f:schedulerName", kLeaf},
        {"f:securityContext", fields({"fsGroup"})},
        {"f:serviceAccountName", kLeaf},
        {"f:terminationGracePeriodSeconds", kLeaf},
        {"f:volumes",
         {{".", kLeaf},
          {R"(k:{"name":"data"})",
           {{".", kLeaf},
            {"f:name", kLeaf},
            {"f:persistentVolumeClaim", fields({"claimName"})}}}}}}}};
  const json by_network = {{"f:metadata",
                            {{"f:annotations", fields({"cni.projectcalico.org/containerID",
                                                       "cni.projectcalico.org/podIP"})}}}};
  const json by_kubelet = {
      {"f:status",
       {{"f:conditions", condition_fields()},
        {"f:containerStatuses", kLeaf},
        {"f:hostIP", kLeaf},
        {"f:phase", kLeaf},
        {"f:podIP", kLeaf},
        {"f:podIPs", {{".", kLeaf}, {R"(k:{"ip":"10.244.3.17"})", fields({"ip"})}}},
        {"f:startTime", kLeaf}}}};
  return json::array({entry("kube-controller-manager", "v1", made_by_set),
                      entry("calico", "v1", by_network, "status"),
                      entry("kubelet", "v1", by_kubelet, "status")});
}

json containers(const std::string& app, const std::string& mount_path) {
  const json probe = {{"httpGet", {{"path", "/healthz"}, {"port", 8080}, {"scheme", "HTTP"}}},
                      {"initialDelaySeconds", 10},
                      {"timeoutSeconds", 3},
                      {"periodSeconds", 10},
                      {"successThreshold", 1},
                      {"failureThreshold", 3}};
  const json field = {{"fieldRef", {{"apiVersion", "v1"}, {"fieldPath", "metadata.name"}}}};
  json main = {{"name", app},
               {"image", "registry.example.com/platform/" + app + "@" + kDigest},
               {"command", {"/usr/local/bin/" + app}},
               {"args", {"--config=/etc/" + app + "/config.yaml", "--data-dir=" + mount_path}},
               {"ports", {{{"name", "http"}, {"containerPort", 8080}, {"protocol", "TCP"}}}},
               {"env",
                {{{"name", "POD_NAME"}, {"valueFrom", field}},
                 {{"name", "DATA_DIR"}, {"value", mount_path}},
                 {{"name", "LOG_LEVEL"}, {"value", "info"}},
                 {{"name", "MAX_CONNECTIONS"}, {"value", "500"}}}},
               {"resources",
                {{"limits", {{"cpu", "2"}, {"memory", "4Gi"}}},
                 {"requests", {{"cpu", "250m"}, {"memory", "1Gi"}}}}},
               {"volumeMounts",
                {{{"name", "data"}, {"mountPath", mount_path}},
                 {{"name", "kube-api-access"},
                  {"readOnly", true},
                  {"mountPath", "/var/run/secrets/kubernetes.io/serviceaccount"}}}},
               {"livenessProbe", probe},
               {"readinessProbe", probe},
               {"terminationMessagePath", "/dev/termination-log"},
               {"terminationMessagePolicy", "File"},
               {"imagePullPolicy", "IfNotPresent"}};
  return json::array({std::move(main)});
}

json container_statuses(const std::string& app) {
  return json::array(
      {{{"name", app},
        {"state", {{"running", {{"startedAt", kStart}}}}},
        {"lastState", json::object()},
        {"ready", true},
        {"restartCount", 0},
        {"image", "registry.example.com/platform/" + app + ":4.2.1"},
        {"imageID", "registry.example.com/platform/" + app + "@" + kDigest},
        {"containerID",
         "containerd://1b7e2c0d9f3a4b5c6d7e8f90123456789abcdef0123456789abcdef012345678"},
        {"started", true}}});
}

json conditions() {
  json list = json::array();
  for (const char* type :
       {"PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"}) {
    list.push_back({{"type", type},
                    {"status", "True"},
                    {"lastProbeTime", nullptr},
                    {"lastTransitionTime", kStart}});
  }
  return list;
}

json tolerations() {
  json list = json::array();
  for (const char* key : {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"}) {
    list.push_back({{"key", key},
                    {"operator", "Exists"},
                    {"effect", "NoExecute"},
                    {"tolerationSeconds", 300}});
  }
  return list;
}

json api_access() {
  const json namespace_file = {
      {"path", "namespace"},
      {"fieldRef", {{"apiVersion", "v1"}, {"fieldPath", "metadata.namespace"}}}};
  const json sources = json::array(
      {{{"serviceAccountToken", {{"expirationSeconds", 3607}, {"path", "token"}}}},
       {{"configMap",
         {{"name", "kube-root-ca.crt"}, {"items", {{{"key", "ca.crt"}, {"path", "ca.crt"}}}}}}},
       {{"downwardAPI", {{"items", json::array({namespace_file})}}}}});
  return {{"sources", sources}, {"defaultMode", 420}};
}

json volume_managed_fields() {
  const json spec = fields({"accessModes", "capacity", "claimRef", "csi", "nodeAffinity",
                            "persistentVolumeReclaimPolicy", "storageClassName", "volumeMode"});
  return json::array(
      {entry("csi-provisioner", "v1",
             {{"f:metadata", {{"f:annotations", fields({"pv.kubernetes.io/provisioned-by"})}}},
              {"f:spec", spec}}),
       entry("kube-controller-manager", "v1", {{"f:status", {{"f:phase", kLeaf}}}}, "status"),
       entry(
           "csi-attacher", "v1",
           {{"f:metadata",
             {{"f:finalizers", {{R"(v:"external-attacher/csi-vsphere-vmware-com")", kLeaf}}}}}})});
}

json claim_managed_fields() {
  return json::array(
      {entry("kube-controller-manager", "v1",
             {{"f:metadata",
               {{"f:annotations",
                 fields({"pv.kubernetes.io/bind-completed", "pv.kubernetes.io/bound-by-controller",
                         "volume.kubernetes.io/storage-provisioner"})},
                {"f:labels", fields({"app"})}}},
              {"f:spec", fields({"accessModes", "resources", "storageClassName", "volumeMode",
                                 "volumeName"})}}),
       entry("kube-controller-manager", "v1",
             {{"f:status", fields({"accessModes", "capacity", "phase"})}}, "status")});
}

AppTemplate make_app(const std::string& name, const std::string& mount_path, int number) {
  AppTemplate app;
  app.name = name;
  app.mount_path = mount_path;
  app.revision = name + "-6d4b75cb" + std::to_string(10 + number);
  app.set_uid = "0e2f5ad7-66a1-4d6f-9d9b-f6fb4d6f2c" + std::to_string(10 + number);
  app.pod_managed_fields = add_filler(pod_managed_fields(name));
  app.containers = add_filler(containers(name, mount_path));
  app.container_statuses = add_filler(container_statuses(name));
  app.conditions = add_filler(conditions());
  app.tolerations = add_filler(tolerations());
  app.api_access = add_filler(api_access());
  app.volume_managed_fields = add_filler(volume_managed_fields());
  app.claim_managed_fields = add_filler(claim_managed_fields());
  return app;
}

} // namespace

const std::vector<AppTemplate>& app_templates() {
  static const std::vector<AppTemplate> apps = [] {
    std::vector<AppTemplate> made;
    const std::pair<const char*, const char*> all[] = {
        {"postgres", "/var/lib/postgresql/data"},
        {"kafka", "/var/lib/kafka"},
        {"redis", "/data"},
        {"elasticsearch", "/usr/share/elasticsearch/data"},
        {"prometheus", "/prometheus"},
        {"minio", "/export"},
        {"mysql", "/var/lib/mysql"},
        {"rabbitmq", "/var/lib/rabbitmq"},
        {"cassandra", "/var/lib/cassandra"},
        {"grafana", "/var/lib/grafana"}};
    for (const auto& [name, path] : all) {
      made.push_back(make_app(name, path, static_cast<int>(made.size())));
    }
    return made;
  }();
  return apps;
}

} // namespace syncer::sim
