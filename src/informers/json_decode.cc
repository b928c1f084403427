#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "informers/object_parts.h"

namespace syncer {

namespace {

namespace json = boost::json;

// Wrong types inside an object: thrown and caught in this file only.
struct Mismatch {
  const char* what;
};

// A parsed text and the memory under it. The views that are read from it live as long.
class Document {
 public:
  explicit Document(std::string_view text) {
    json::parse_options options;
    options.max_depth = 256; // managedFields mirror the whole depth of an object
    json::error_code ec;
    value_ = json::parse({text.data(), text.size()}, ec, &memory_, options);
    sound_ = !ec && value_.is_object();
  }
  bool sound() const { return sound_; }
  const json::object& object() const { return value_.get_object(); }

 private:
  unsigned char first_[16 * 1024];
  json::monotonic_resource memory_{first_, sizeof first_};
  json::value value_;
  bool sound_ = false;
};

// Absent and null are the same to the API server.
const json::value* find(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains({key.data(), key.size()});
  return found == nullptr || found->is_null() ? nullptr : found;
}

std::string_view text(const json::value& value) {
  const json::string* string = value.if_string();
  if (string == nullptr) throw Mismatch{"a string was expected"};
  return {string->data(), string->size()};
}

std::string_view text(const json::object& object, std::string_view key) {
  const json::value* found = find(object, key);
  return found == nullptr ? std::string_view() : text(*found);
}

// An absent object reads like an empty one.
const json::object& member(const json::object& object, std::string_view key) {
  static const json::object kEmpty;
  const json::value* found = find(object, key);
  if (found == nullptr) return kEmpty;
  if (!found->is_object()) throw Mismatch{"an object was expected"};
  return found->get_object();
}

const json::array& items(const json::object& object, std::string_view key) {
  static const json::array kEmpty;
  const json::value* found = find(object, key);
  if (found == nullptr) return kEmpty;
  if (!found->is_array()) throw Mismatch{"an array was expected"};
  return found->get_array();
}

const json::object& as_object(const json::value& value) {
  if (!value.is_object()) throw Mismatch{"an object was expected"};
  return value.get_object();
}

bool is_true(const json::object& object, std::string_view key) {
  const json::value* found = find(object, key);
  return found != nullptr && found->is_bool() && found->get_bool();
}

// The identity first, so that it is there when something later does not fit.
void read_meta(const json::object& object, bool with_labels, MetaParts& parts) {
  const json::object& meta = member(object, "metadata");
  parts.name = text(meta, "name");
  parts.ns = text(meta, "namespace");
  parts.version = text(meta, "resourceVersion");
  parts.uid = text(meta, "uid");
  parts.created = parse_time(text(meta, "creationTimestamp"));
  parts.deleting = find(meta, "deletionTimestamp") != nullptr;
  if (!with_labels) return;
  for (const auto& label : member(meta, "labels")) {
    parts.labels.emplace_back(std::string_view(label.key().data(), label.key().size()),
                              text(label.value()));
  }
  for (const auto& note : member(meta, "annotations")) {
    const json::string* value = note.value().if_string();
    if (value != nullptr) parts.notes.take(note.key(), *value);
  }
  if (parts.labels.size() > 1) sort_labels(parts.labels);
  parts.labels.shrink_to_fit();
  for (const json::value& entry : items(meta, "ownerReferences")) {
    const json::object& owner = as_object(entry);
    if (is_true(owner, "controller") && text(owner, "kind") == "Pod") {
      parts.owner_pod = Uid::parse(text(owner, "uid"));
    }
  }
}

void read_volume_source(const json::object& spec, VolumeObjectParts& parts) {
  const json::object& csi = member(spec, "csi");
  parts.has_csi = find(spec, "csi") != nullptr;
  parts.driver = text(csi, "driver");
  parts.handle = text(csi, "volumeHandle");
  parts.dynamic = find(member(csi, "volumeAttributes"), kProvisionerIdentity) != nullptr;
  const json::object& disk = member(spec, "vsphereVolume");
  parts.has_in_tree = find(spec, "vsphereVolume") != nullptr;
  parts.in_tree_path = text(disk, "volumePath");
  parts.policy_name = text(disk, "storagePolicyName");
}

void read_node_affinity(const json::object& spec, VolumeObjectParts& parts) {
  const json::object& required = member(member(spec, "nodeAffinity"), "required");
  for (const json::value& each : items(required, "nodeSelectorTerms")) {
    NodeTerm term;
    for (const json::value& expression : items(as_object(each), "matchExpressions")) {
      const json::object& requirement = as_object(expression);
      std::vector<InternedString> values;
      for (const json::value& value : items(requirement, "values")) {
        values.emplace_back(text(value));
      }
      add_requirement(term, text(requirement, "key"), text(requirement, "operator"),
                      std::move(values));
    }
    add_term(parts, std::move(term));
  }
}

void read_object(const json::object& object, VolumeObjectParts& parts) {
  read_meta(object, true, parts.meta);
  const json::object& spec = member(object, "spec");
  read_volume_source(spec, parts);
  read_node_affinity(spec, parts);
  for (const json::value& mode : items(spec, "accessModes")) {
    if (is_multi_access(text(mode))) parts.multi_access = true;
  }
  const json::object& claim = member(spec, "claimRef");
  parts.claim_ns = text(claim, "namespace");
  parts.claim_name = text(claim, "name");
  parts.claim_uid = text(claim, "uid");
  parts.policy = reclaim_policy(text(spec, "persistentVolumeReclaimPolicy"));
  parts.phase = volume_phase(text(member(object, "status"), "phase"));
}

void read_object(const json::object& object, ClaimObjectParts& parts) {
  read_meta(object, true, parts.meta);
  parts.volume_name = text(member(object, "spec"), "volumeName");
  parts.phase = claim_phase(text(member(object, "status"), "phase"));
}

void read_object(const json::object& object, PodObjectParts& parts) {
  read_meta(object, false, parts.meta);
  for (const json::value& entry : items(member(object, "spec"), "volumes")) {
    const json::object& volume = as_object(entry);
    VolumeParts found;
    found.volume_name = text(volume, "name");
    found.claim = text(member(volume, "persistentVolumeClaim"), "claimName");
    found.in_tree_path = text(member(volume, "vsphereVolume"), "volumePath");
    found.ephemeral = find(volume, "ephemeral") != nullptr;
    if (found.followed()) parts.volumes.push_back(found);
  }
  const json::object& status = member(object, "status");
  parts.phase = pod_phase(text(status, "phase"));
  parts.started = parse_time(text(status, "startTime"));
}

template <class Parts>
DecodedObject decode_parts(Resource resource, const json::object& object, std::size_t size) {
  Parts parts;
  const char* problem = nullptr;
  try {
    read_object(object, parts);
  } catch (const Mismatch& mismatch) {
    problem = mismatch.what;
  }
  if (size > kMaxObject) problem = "it is larger than 3 MiB";
  if (problem == nullptr) return finish(std::move(parts));
  DecodedObject decoded = identified(parts.meta, resource);
  decoded.problem = problem;
  return decoded;
}

DecodedObject decode_parsed(Resource resource, const json::object& object, std::size_t size) {
  switch (resource) {
    case Resource::kVolumes:
      return decode_parts<VolumeObjectParts>(resource, object, size);
    case Resource::kClaims:
      return decode_parts<ClaimObjectParts>(resource, object, size);
    case Resource::kPods:
      break;
  }
  return decode_parts<PodObjectParts>(resource, object, size);
}

Error malformed(std::string_view what) {
  return Error{ErrorKind::kStale, "malformed JSON: " + std::string(what)};
}

} // namespace

DecodedObject decode_json_object(Resource resource, std::string_view bytes) {
  const Document document(bytes);
  if (document.sound()) return decode_parsed(resource, document.object(), bytes.size());
  DecodedObject decoded;
  decoded.problem = "it is not valid JSON";
  return decoded;
}

Outcome<WatchEvent> decode_json_event(Resource resource, std::string_view bytes) {
  const Document document(bytes);
  if (!document.sound()) return malformed("a watch event");
  WatchEvent event;
  try {
    const std::string_view type = text(document.object(), "type");
    const json::object& object = member(document.object(), "object");
    if (type == "ERROR") {
      auto status = decode_json_status(json::serialize(object));
      if (!status) return malformed("Status");
      event.type = WatchEvent::Type::kError;
      event.status = std::move(*status);
      return event;
    }
    if (type == "BOOKMARK") {
      const json::object& meta = member(object, "metadata");
      event.type = WatchEvent::Type::kBookmark;
      event.object.version = text(meta, "resourceVersion");
      event.initial_events_end = text(member(meta, "annotations"), kInitialEventsEnd) == "true";
      if (event.object.version.empty()) return malformed("bookmark without resourceVersion");
      return event;
    }
    if (type == "ADDED") {
      event.type = WatchEvent::Type::kAdded;
    } else if (type == "MODIFIED") {
      event.type = WatchEvent::Type::kModified;
    } else if (type == "DELETED") {
      event.type = WatchEvent::Type::kDeleted;
    } else {
      return malformed("event type");
    }
    event.object = decode_parsed(resource, object, bytes.size());
    return event;
  } catch (const Mismatch& mismatch) {
    return malformed(mismatch.what);
  }
}

Outcome<ListMeta> decode_json_list_meta(std::string_view bytes) {
  const Document document(bytes);
  if (!document.sound()) return malformed("list metadata");
  try {
    ListMeta meta;
    meta.version = text(document.object(), "resourceVersion");
    meta.continue_token = text(document.object(), "continue");
    return meta;
  } catch (const Mismatch& mismatch) {
    return malformed(mismatch.what);
  }
}

} // namespace syncer
