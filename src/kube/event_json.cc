#include "kube/event_json.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "kube/kube_time.h"
#include "net/url.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr std::size_t kMaxName = 253;

struct Naming {
  const char* api_version;
  const char* kind;
  const char* component; // what people filter the Events of this duty by
};

Naming naming_of(const EventTarget& about) {
  constexpr const char* kMetadata = "VSphere CSI Syncer";
  switch (about.kind) {
    case EventTarget::Kind::kVolume:
      return {"v1", "PersistentVolume", kMetadata};
    case EventTarget::Kind::kClaim:
      return {"v1", "PersistentVolumeClaim", kMetadata};
    case EventTarget::Kind::kNodeTopology:
      return {"cns.vmware.com/v1alpha1", "CSINodeTopology", "cns.vmware.com"};
    case EventTarget::Kind::kTriggerFullSync:
      return {"cns.vmware.com/v1alpha1", "TriggerCsiFullSync", "cns.vmware.com"};
    default:
      return {"v1", "Pod", kMetadata};
  }
}

std::string text_of(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace

std::string uid_text(const Uid& uid) {
  char text[40];
  std::snprintf(text, sizeof text, "%08x-%04x-%04x-%04x-%012llx", unsigned(uid.high >> 32),
                unsigned(uid.high >> 16 & 0xffff), unsigned(uid.high & 0xffff),
                unsigned(uid.low >> 48), static_cast<unsigned long long>(uid.low & 0xffffffffffff));
  return text;
}

std::string event_namespace(const EventTarget& about) {
  return about.key.ns.empty() ? "default" : about.key.ns.str();
}

std::string event_collection(const EventTarget& about) {
  return "/api/v1/namespaces/" + percent_encode(event_namespace(about)) + "/events";
}

std::string event_object(const EventTarget& about) {
  std::string text = naming_of(about).kind;
  if (!about.key.ns.empty()) text += "/" + about.key.ns.str();
  return text + "/" + about.key.name.str();
}

std::string event_json(const EventText& event) {
  const Naming naming = naming_of(event.about);
  json object;
  object["apiVersion"] = "v1";
  object["kind"] = "Event";
  object["metadata"]["name"] = event.name;
  object["metadata"]["namespace"] = event_namespace(event.about);
  json& about = object["involvedObject"];
  about["apiVersion"] = naming.api_version;
  about["kind"] = naming.kind;
  about["name"] = event.about.key.name.view();
  if (!event.about.key.ns.empty()) about["namespace"] = event.about.key.ns.view();
  if (!event.about.uid.empty()) about["uid"] = uid_text(event.about.uid);
  object["type"] = event.type;
  object["reason"] = event.reason;
  object["message"] = event.message;
  object["source"]["component"] = naming.component;
  object["firstTimestamp"] = format_kube_time(event.first);
  object["lastTimestamp"] = format_kube_time(event.last);
  object["count"] = event.count;
  return text_of(object);
}

std::string event_count_patch(std::uint32_t count, std::chrono::system_clock::time_point last) {
  json patch;
  patch["count"] = count;
  patch["lastTimestamp"] = format_kube_time(last);
  return text_of(patch);
}

std::string_view cut_text(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;
  return text.substr(0, limit);
}

std::string event_name(std::string_view object, std::string_view suffix) {
  object = object.substr(0, kMaxName - suffix.size() - 1);
  while (!object.empty() && (object.back() == '-' || object.back() == '.')) object.remove_suffix(1);
  return std::string(object) + "." + std::string(suffix);
}

} // namespace syncer
