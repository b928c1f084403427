#include "kube/lease.h"

#include <nlohmann/json.hpp>

namespace syncer {

namespace {

using nlohmann::json;

const json* member(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

Error not_a(const char* field, const char* type) {
  return {ErrorKind::kRejected, std::string("Lease: ") + field + " is not " + type};
}

Outcome<> read_text(const json& from, const char* key, std::string& to) {
  const json* const value = member(from, key);
  if (value == nullptr) return Done{};
  if (!value->is_string()) return not_a(key, "text");
  to = value->get<std::string>();
  return Done{};
}

Outcome<> read_number(const json& from, const char* key, std::int64_t& to) {
  const json* const value = member(from, key);
  if (value == nullptr) return Done{};
  if (!value->is_number_integer()) return not_a(key, "a number");
  to = value->get<std::int64_t>();
  return Done{};
}

} // namespace

Outcome<Lease> decode_lease(const json& object) {
  if (!object.is_object()) return not_a("it", "an object");
  const json* const metadata = member(object, "metadata");
  if (metadata == nullptr || !metadata->is_object()) return not_a("metadata", "an object");
  Lease lease;
  if (Outcome<> read = read_text(*metadata, "resourceVersion", lease.version); !read) {
    return read.error();
  }
  lease.object = object.dump(-1, ' ', false, json::error_handler_t::replace);
  const json* const spec = member(object, "spec");
  if (spec == nullptr) return lease;
  if (!spec->is_object()) return not_a("spec", "an object");
  std::int64_t seconds = 0;
  for (const Outcome<>& read : {read_text(*spec, "holderIdentity", lease.holder),
                                read_text(*spec, "acquireTime", lease.acquired),
                                read_text(*spec, "renewTime", lease.renewed),
                                read_number(*spec, "leaseDurationSeconds", seconds),
                                read_number(*spec, "leaseTransitions", lease.transitions)}) {
    if (!read) return read.error();
  }
  // The API has 32 bits for it.
  if (seconds < 0 || seconds > INT32_MAX) return not_a("leaseDurationSeconds", "a duration");
  lease.duration = std::chrono::seconds(seconds);
  return lease;
}

Outcome<Lease> parse_lease(const std::string& text) {
  return decode_lease(json::parse(text, nullptr, false));
}

std::string encode_lease(const Lease& lease, const std::string& ns, const std::string& name,
                         const LeaseNotes& notes) {
  json object = lease.object.empty() ? json::object() : json::parse(lease.object, nullptr, false);
  object["apiVersion"] = "coordination.k8s.io/v1";
  object["kind"] = "Lease";
  object["metadata"]["namespace"] = ns;
  object["metadata"]["name"] = name;
  for (const auto& [key, text] : notes) {
    json& annotations = object["metadata"]["annotations"];
    if (!annotations.is_object()) annotations = json::object();
    annotations.erase(key);
    if (!text.empty()) annotations[key] = text;
  }
  json& spec = object["spec"];
  spec["holderIdentity"] = lease.holder;
  spec["leaseDurationSeconds"] = lease.duration.count();
  spec["acquireTime"] = lease.acquired;
  spec["renewTime"] = lease.renewed;
  spec["leaseTransitions"] = lease.transitions;
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string lease_annotation(const Lease& lease, const std::string& name) {
  const json object = json::parse(lease.object, nullptr, false);
  if (!object.is_object()) return "";
  std::string text;
  const json* const metadata = member(object, "metadata");
  const json* const all = metadata == nullptr ? nullptr : member(*metadata, "annotations");
  if (all != nullptr && all->is_object() && !read_text(*all, name.c_str(), text)) return "";
  return text;
}

} // namespace syncer
