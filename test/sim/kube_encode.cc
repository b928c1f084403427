#include "sim/kube_encode.h"

#include <nlohmann/json.hpp>

#include "sim/kube_filler.h"
#include "sim/kube_schema.h"

namespace syncer::sim {

namespace {

constexpr auto kReplace = json::error_handler_t::replace;

std::string dump(const json& value) { return value.dump(-1, ' ', false, kReplace); }

// {"kind":"Pod","apiVersion":"v1",  then the stored text without its opening brace.
void append_typed_json(std::string& out, const KubeResource& resource, const KubeObject& object) {
  out += "{\"kind\":\"" + resource.kind + "\",\"apiVersion\":\"" + resource.api_version() + "\",";
  append_json_with_filler(out, std::string_view(object.text).substr(1));
}

void append_enveloped(std::string& out, const KubeResource& resource, const Rope& raw) {
  out += envelope_head(resource.api_version(), resource.kind, raw.size());
  append_rope(out, raw);
  out += envelope_tail();
}

std::string enveloped(const KubeResource& resource, const Rope& raw) {
  std::string out;
  append_enveloped(out, resource, raw);
  return out;
}

std::string enveloped_status(const KubeStatus& status) {
  const Rope raw = encode_message(kStatusMessage, status.to_json());
  std::string out = envelope_head("v1", "Status", raw.size());
  append_rope(out, raw);
  out += envelope_tail();
  return out;
}

std::string json_frame(std::string_view type, const json& object) {
  return "{\"type\":\"" + std::string(type) + "\",\"object\":" + dump(object) + "}\n";
}

json list_meta(const ListMeta& meta) {
  json value = {{"resourceVersion", std::to_string(meta.version)}};
  if (!meta.next.empty()) value["continue"] = meta.next;
  if (meta.remaining) value["remainingItemCount"] = *meta.remaining;
  return value;
}

} // namespace

std::string_view content_type(KubeEncoding encoding) {
  return encoding == KubeEncoding::kProtobuf ? "application/vnd.kubernetes.protobuf"
                                             : "application/json";
}

std::string_view watch_content_type(KubeEncoding encoding) {
  return encoding == KubeEncoding::kProtobuf ? "application/vnd.kubernetes.protobuf;stream=watch"
                                             : "application/json";
}

std::string encode_object(const KubeResource& resource, const KubeObject& object,
                          KubeEncoding encoding) {
  std::string out;
  if (encoding == KubeEncoding::kProtobuf) {
    append_enveloped(out, resource, object.proto);
  } else {
    append_typed_json(out, resource, object);
    out += '\n';
  }
  return out;
}

HttpResponse object_response(int status, const KubeResource& resource, const KubeObject& object,
                             KubeEncoding encoding) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("Content-Type", std::string(content_type(encoding)));
  response.body = encode_object(resource, object, encoding);
  return response;
}

HttpResponse status_response(const KubeStatus& status, KubeEncoding encoding) {
  HttpResponse response;
  response.status = status.code;
  response.headers.emplace_back("Content-Type", std::string(content_type(encoding)));
  if (status.details.is_object() && status.details.contains("retryAfterSeconds")) {
    response.headers.emplace_back("Retry-After", status.details["retryAfterSeconds"].dump());
  }
  response.body = encoding == KubeEncoding::kProtobuf ? enveloped_status(status)
                                                      : dump(status.to_json()) + "\n";
  return response;
}

HttpResponse json_response(int status, const json& body) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "application/json");
  response.body = dump(body) + "\n";
  return response;
}

ListEncoder::ListEncoder(const KubeResource& resource, KubeEncoding encoding, ListMeta meta,
                         const std::vector<KubeObjectPtr>& items)
    : encoding_(encoding) {
  const json meta_json = list_meta(meta);
  if (encoding == KubeEncoding::kJson) {
    head_ = "{\"kind\":\"" + resource.kind + "List\",\"apiVersion\":\"" + resource.api_version() +
            "\",\"metadata\":" + dump(meta_json) + ",\"items\":[";
    tail_ = "]}\n";
    return;
  }
  std::string fields;
  const Rope meta_rope = encode_message(kListMetaMessage, meta_json);
  append_field_head(fields, 1, meta_rope.size());
  fields += meta_rope.bytes;
  std::size_t size = fields.size();
  for (const KubeObjectPtr& item : items) {
    std::string item_head;
    append_field_head(item_head, 2, item->proto.size());
    size += item_head.size() + item->proto.size();
  }
  head_ = envelope_head(resource.api_version(), resource.kind + "List", size) + fields;
  tail_ = envelope_tail();
}

void ListEncoder::append_item(std::string& out, const KubeObject& object) {
  if (encoding_ == KubeEncoding::kProtobuf) {
    append_field_head(out, 2, object.proto.size());
    append_rope(out, object.proto);
  } else {
    if (!first_) out += ',';
    append_json_with_filler(out, object.text);
  }
  first_ = false;
}

void append_event(std::string& out, const KubeResource& resource, ChangeType type,
                  const KubeObject& object, KubeEncoding encoding) {
  if (encoding == KubeEncoding::kProtobuf) {
    out += watch_frame(to_string(type), enveloped(resource, object.proto));
    return;
  }
  out += "{\"type\":\"";
  out += to_string(type);
  out += "\",\"object\":";
  append_typed_json(out, resource, object);
  out += "}\n";
}

std::string bookmark_frame(const KubeResource& resource, std::uint64_t version,
                           bool initial_events_end, KubeEncoding encoding) {
  json object = {
      {"kind", resource.kind},
      {"apiVersion", resource.api_version()},
      {"metadata", {{"resourceVersion", std::to_string(version)}, {"creationTimestamp", nullptr}}}};
  if (initial_events_end) {
    object["metadata"]["annotations"] = {{"k8s.io/initial-events-end", "true"}};
  }
  if (encoding == KubeEncoding::kJson) return json_frame("BOOKMARK", object);
  return watch_frame("BOOKMARK", enveloped(resource, encode_message(*resource.protobuf, object)));
}

std::string error_frame(const KubeStatus& status, KubeEncoding encoding) {
  if (encoding == KubeEncoding::kJson) return json_frame("ERROR", status.to_json());
  return watch_frame("ERROR", enveloped_status(status));
}

std::string broken_object_frame(const KubeResource& resource, std::uint64_t version,
                                const std::string& ns, const std::string& name,
                                KubeEncoding encoding) {
  json metadata = {{"resourceVersion", std::to_string(version)}};
  if (!name.empty()) metadata["name"] = name;
  if (!ns.empty()) metadata["namespace"] = ns;
  if (encoding == KubeEncoding::kJson) {
    const json object = {{"kind", resource.kind},
                         {"apiVersion", resource.api_version()},
                         {"metadata", metadata},
                         {"spec", "not an object"},
                         {"status", 7}};
    return json_frame("MODIFIED", object);
  }
  Rope raw;
  const Rope meta = encode_message(kObjectMetaMessage, metadata);
  append_field_head(raw.bytes, 1, meta.size());
  raw.bytes += meta.bytes;
  // A spec that claims to be longer than the object.
  append_field_head(raw.bytes, 2, 1'000'000);
  return watch_frame("MODIFIED", enveloped(resource, raw));
}

std::string broken_framing(KubeEncoding encoding) {
  if (encoding == KubeEncoding::kJson) return "{\"type\":\"MODI}}}]\n";
  return std::string("\x7f\xff\xff\xff", 4) + "frame without an end";
}

} // namespace syncer::sim
