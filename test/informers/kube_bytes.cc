#include "kube_bytes.h"

#include <protozero/pbf_writer.hpp>

#include "informers/object_parts.h"

namespace syncer {

namespace {

using nlohmann::json;
using protozero::pbf_writer;

std::string text(const json& object, const char* key) { return object.value(key, std::string()); }

json child(const json& object, const char* key) { return object.value(key, json::object()); }

void add_time(pbf_writer& out, std::uint32_t field, const std::string& time) {
  pbf_writer message(out, field);
  message.add_int64(1, parse_time(time));
  message.add_int32(2, 0);
}

void add_entry(pbf_writer& out, std::uint32_t field, const std::string& key,
               const std::string& value) {
  pbf_writer entry(out, field);
  entry.add_string(1, key);
  entry.add_string(2, value);
}

// Like the API server's encoder: scalars are written even when they are empty.
void add_meta(pbf_writer& out, const json& meta) {
  pbf_writer m(out, 1);
  m.add_string(1, text(meta, "name"));
  m.add_string(2, "");
  m.add_string(3, text(meta, "namespace"));
  m.add_string(5, text(meta, "uid"));
  m.add_string(6, text(meta, "resourceVersion"));
  m.add_int64(7, 0);
  add_time(m, 8, text(meta, "creationTimestamp"));
  if (meta.contains("deletionTimestamp")) add_time(m, 9, text(meta, "deletionTimestamp"));
  const json labels = child(meta, "labels");
  const json annotations = child(meta, "annotations");
  for (const auto& [key, value] : labels.items()) add_entry(m, 11, key, value);
  for (const auto& [key, value] : annotations.items()) add_entry(m, 12, key, value);
  for (const json& owner : meta.value("ownerReferences", json::array())) {
    pbf_writer o(m, 13);
    o.add_string(1, text(owner, "kind"));
    o.add_string(3, text(owner, "name"));
    o.add_string(4, text(owner, "uid"));
    if (owner.contains("controller")) o.add_bool(6, owner["controller"].get<bool>());
  }
}

void add_requirements(pbf_writer& term, std::uint32_t field, const json& requirements) {
  for (const json& requirement : requirements) {
    pbf_writer r(term, field);
    r.add_string(1, text(requirement, "key"));
    r.add_string(2, text(requirement, "operator"));
    for (const json& value : requirement.value("values", json::array())) {
      r.add_string(3, value.get<std::string>());
    }
  }
}

void add_affinity(pbf_writer& spec, const json& affinity) {
  pbf_writer a(spec, 9);
  pbf_writer required(a, 1);
  const json terms = child(affinity, "required").value("nodeSelectorTerms", json::array());
  for (const json& term : terms) {
    pbf_writer t(required, 1);
    add_requirements(t, 1, term.value("matchExpressions", json::array()));
    add_requirements(t, 2, term.value("matchFields", json::array()));
  }
}

void add_pv(pbf_writer& out, const json& object) {
  add_meta(out, object.at("metadata"));
  const json spec = child(object, "spec");
  {
    pbf_writer s(out, 2);
    add_entry(s, 1, "storage", "1Gi");
    {
      pbf_writer source(s, 2);
      if (spec.contains("csi")) {
        pbf_writer csi(source, 22);
        csi.add_string(1, text(spec["csi"], "driver"));
        csi.add_string(2, text(spec["csi"], "volumeHandle"));
        csi.add_bool(3, false);
        const json attributes = child(spec["csi"], "volumeAttributes");
        for (const auto& [key, value] : attributes.items()) add_entry(csi, 5, key, value);
      }
      if (spec.contains("vsphereVolume")) {
        pbf_writer disk(source, 14);
        disk.add_string(1, text(spec["vsphereVolume"], "volumePath"));
        disk.add_string(2, "ext4");
        disk.add_string(3, text(spec["vsphereVolume"], "storagePolicyName"));
        disk.add_string(4, "");
      }
    }
    for (const json& mode : spec.value("accessModes", json::array())) {
      s.add_string(3, mode.get<std::string>());
    }
    if (spec.contains("claimRef")) {
      pbf_writer ref(s, 4);
      ref.add_string(1, "PersistentVolumeClaim");
      ref.add_string(2, text(spec["claimRef"], "namespace"));
      ref.add_string(3, text(spec["claimRef"], "name"));
      ref.add_string(4, text(spec["claimRef"], "uid"));
    }
    s.add_string(5, text(spec, "persistentVolumeReclaimPolicy"));
    if (spec.contains("nodeAffinity")) add_affinity(s, spec["nodeAffinity"]);
  }
  pbf_writer status(out, 3);
  status.add_string(1, text(child(object, "status"), "phase"));
}

void add_claim(pbf_writer& out, const json& object) {
  add_meta(out, object.at("metadata"));
  {
    pbf_writer spec(out, 2);
    spec.add_string(1, "ReadWriteOnce");
    spec.add_string(3, text(child(object, "spec"), "volumeName"));
  }
  pbf_writer status(out, 3);
  status.add_string(1, text(child(object, "status"), "phase"));
}

void add_pod(pbf_writer& out, const json& object) {
  add_meta(out, object.at("metadata"));
  {
    pbf_writer spec(out, 2);
    for (const json& volume : child(object, "spec").value("volumes", json::array())) {
      pbf_writer v(spec, 1);
      v.add_string(1, text(volume, "name"));
      pbf_writer source(v, 2);
      if (volume.contains("persistentVolumeClaim")) {
        pbf_writer claim(source, 10);
        claim.add_string(1, text(volume["persistentVolumeClaim"], "claimName"));
      }
      if (volume.contains("vsphereVolume")) {
        pbf_writer disk(source, 20);
        disk.add_string(1, text(volume["vsphereVolume"], "volumePath"));
      }
      if (volume.contains("ephemeral")) source.add_string(29, "");
      if (volume.contains("emptyDir")) source.add_string(2, "");
    }
    spec.add_string(3, "Always");
  }
  const json status = child(object, "status");
  pbf_writer s(out, 3);
  s.add_string(1, text(status, "phase"));
  if (status.contains("startTime")) add_time(s, 7, text(status, "startTime"));
}

std::string message_of(Resource resource, const json& object) {
  std::string bytes;
  pbf_writer out(bytes);
  if (resource == Resource::kVolumes) add_pv(out, object);
  if (resource == Resource::kClaims) add_claim(out, object);
  if (resource == Resource::kPods) add_pod(out, object);
  return bytes;
}

std::string enveloped(const std::string& kind, const std::string& message) {
  std::string bytes("k8s\0", 4);
  pbf_writer unknown(bytes);
  {
    pbf_writer type(unknown, 1);
    type.add_string(1, "v1");
    type.add_string(2, kind);
  }
  unknown.add_string(2, message);
  unknown.add_string(3, "");
  unknown.add_string(4, "");
  return bytes;
}

std::string kind_of(Resource resource) {
  if (resource == Resource::kVolumes) return "PersistentVolume";
  return resource == Resource::kClaims ? "PersistentVolumeClaim" : "Pod";
}

std::string framed(const std::string& type, const std::string& object) {
  std::string event;
  pbf_writer out(event);
  out.add_string(1, type);
  {
    pbf_writer extension(out, 2);
    extension.add_string(1, object);
  }
  const auto size = event.size();
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(size >> shift));
  return bytes + event;
}

json object_json(const char* kind, const std::string& name, int version) {
  json object;
  object["kind"] = kind;
  object["apiVersion"] = "v1";
  object["metadata"]["name"] = name;
  object["metadata"]["uid"] = "uid-" + name;
  object["metadata"]["resourceVersion"] = std::to_string(version);
  object["metadata"]["creationTimestamp"] = "2025-01-02T03:04:05Z";
  object["metadata"]["managedFields"] = json::array({{{"manager", "test \"x\" {["}}});
  return object;
}

} // namespace

json pv_json(const std::string& name, const std::string& handle, int version) {
  json pv = object_json("PersistentVolume", name, version);
  pv["spec"]["csi"] = {{"driver", "csi.vsphere.vmware.com"}, {"volumeHandle", handle}};
  pv["spec"]["accessModes"] = {"ReadWriteOnce"};
  pv["spec"]["persistentVolumeReclaimPolicy"] = "Delete";
  pv["spec"]["claimRef"] = {{"namespace", "shop"}, {"name", "c-" + name}, {"uid", "uid-c-" + name}};
  pv["status"]["phase"] = "Bound";
  return pv;
}

json in_tree_pv_json(const std::string& name, const std::string& path, int version) {
  json pv = pv_json(name, "", version);
  pv["spec"].erase("csi");
  pv["spec"]["vsphereVolume"] = {{"volumePath", path}};
  pv["spec"]["persistentVolumeReclaimPolicy"] = "Retain";
  return pv;
}

json claim_json(const std::string& name, const std::string& volume, int version) {
  json claim = object_json("PersistentVolumeClaim", name, version);
  claim["metadata"]["namespace"] = "shop";
  claim["spec"]["volumeName"] = volume;
  claim["status"]["phase"] = "Bound";
  return claim;
}

json pod_json(const std::string& name, const std::string& claim, int version) {
  json pod = object_json("Pod", name, version);
  pod["metadata"]["namespace"] = "shop";
  pod["spec"]["volumes"] = {
      {{"name", "scratch"}, {"emptyDir", json::object()}},
      {{"name", "data"}, {"persistentVolumeClaim", {{"claimName", claim}}}},
  };
  pod["status"]["phase"] = "Running";
  pod["status"]["startTime"] = "2025-01-02T03:05:00Z";
  return pod;
}

json inline_pod_json(const std::string& name, const std::string& path, int version) {
  json pod = pod_json(name, "", version);
  pod["spec"]["volumes"] = {{{"name", "disk"}, {"vsphereVolume", {{"volumePath", path}}}}};
  return pod;
}

std::string object_bytes(KubeFormat format, Resource resource, const json& object) {
  return format == KubeFormat::kJson ? object.dump() : message_of(resource, object);
}

std::string single_bytes(KubeFormat format, Resource resource, const json& object) {
  if (format == KubeFormat::kJson) return object.dump();
  return enveloped(kind_of(resource), message_of(resource, object));
}

std::string list_bytes(KubeFormat format, Resource resource, const std::vector<json>& objects,
                       const std::string& version, const std::string& continue_token) {
  if (format == KubeFormat::kJson) {
    json list;
    list["kind"] = kind_of(resource) + "List";
    list["apiVersion"] = "v1";
    list["metadata"] = {{"resourceVersion", version}};
    if (!continue_token.empty()) list["metadata"]["continue"] = continue_token;
    list["items"] = objects;
    return list.dump();
  }
  std::string message;
  pbf_writer out(message);
  {
    pbf_writer meta(out, 1);
    meta.add_string(1, "");
    meta.add_string(2, version);
    meta.add_string(3, continue_token);
  }
  for (const json& object : objects) out.add_string(2, message_of(resource, object));
  return enveloped(kind_of(resource) + "List", message);
}

std::string attachments_bytes(KubeFormat format, const std::vector<std::string>& volumes,
                              const std::string& continue_token) {
  if (format == KubeFormat::kJson) {
    json list;
    list["kind"] = "VolumeAttachmentList";
    list["metadata"] = {{"resourceVersion", "9"}, {"continue", continue_token}};
    list["items"] = json::array();
    for (const std::string& volume : volumes) {
      json item = object_json("VolumeAttachment", "csi-" + volume, 9);
      item["spec"] = {{"attacher", "a"}, {"nodeName", "n"}, {"source", json::object()}};
      if (!volume.empty()) item["spec"]["source"]["persistentVolumeName"] = volume;
      list["items"].push_back(item);
    }
    return list.dump();
  }
  std::string message;
  pbf_writer out(message);
  {
    pbf_writer meta(out, 1);
    meta.add_string(2, "9");
    meta.add_string(3, continue_token);
  }
  for (const std::string& volume : volumes) {
    pbf_writer item(out, 2);
    add_meta(item, object_json("VolumeAttachment", "csi-" + volume, 9)["metadata"]);
    {
      pbf_writer spec(item, 2);
      spec.add_string(1, "a");
      {
        pbf_writer source(spec, 2);
        if (!volume.empty()) source.add_string(1, volume);
      }
      spec.add_string(3, "n");
    }
    pbf_writer status(item, 3);
    status.add_bool(1, true);
  }
  return enveloped("VolumeAttachmentList", message);
}

std::string event_bytes(KubeFormat format, Resource resource, const std::string& type,
                        const json& object) {
  if (format == KubeFormat::kProtobuf) return framed(type, single_bytes(format, resource, object));
  return raw_event_bytes(format, type, object.dump());
}

std::string raw_event_bytes(KubeFormat format, const std::string& type, const std::string& object) {
  if (format == KubeFormat::kProtobuf) return framed(type, enveloped("Thing", object));
  return R"({"type":")" + type + R"(","object":)" + object + "}\n";
}

std::string bookmark_bytes(KubeFormat format, Resource resource, const std::string& version,
                           bool initial_events_end) {
  json object;
  object["kind"] = kind_of(resource);
  object["metadata"]["resourceVersion"] = version;
  if (initial_events_end) {
    object["metadata"]["annotations"]["k8s.io/initial-events-end"] = "true";
  }
  return event_bytes(format, resource, "BOOKMARK", object);
}

std::string error_bytes(KubeFormat format, int code, const std::string& reason,
                        bool version_too_large) {
  if (format == KubeFormat::kJson) {
    json status = {{"kind", "Status"}, {"status", "Failure"}, {"reason", reason}, {"code", code}};
    if (version_too_large) {
      status["details"]["causes"] = json::array({{{"reason", "ResourceVersionTooLarge"}}});
    }
    return raw_event_bytes(format, "ERROR", status.dump());
  }
  std::string message;
  pbf_writer out(message);
  out.add_string(2, "Failure");
  out.add_string(4, reason);
  if (version_too_large) {
    pbf_writer details(out, 5);
    pbf_writer cause(details, 4);
    cause.add_string(1, "ResourceVersionTooLarge");
  }
  out.add_int32(6, code);
  return framed("ERROR", enveloped("Status", message));
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

Headers content_type(KubeFormat format, bool watch) {
  std::string type =
      format == KubeFormat::kJson ? "application/json" : "application/vnd.kubernetes.protobuf";
  if (watch && format == KubeFormat::kProtobuf) type += ";stream=watch";
  return {{"Content-Type", type}};
}

} // namespace syncer
