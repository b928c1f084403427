#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sim/kube_rope.h"

namespace syncer::sim {

using json = nlohmann::json;

enum class ProtoKind {
  kText,
  kInteger,
  kBoolean,
  kMessage,
  kInline, // a sub-message whose fields stand in the parent object in JSON
  kQuantity,
  kTime,
  kMicroTime,
  kRawJson, // FieldsV1: JSON text as bytes
  kIntOrString,
  kTextMap,
  kQuantityMap,
};

struct ProtoMessage;

struct ProtoField {
  std::string name; // in JSON
  unsigned number = 0;
  ProtoKind kind = ProtoKind::kText;
  bool repeated = false;
  bool always = false; // not a pointer in Go: written also when empty
  const ProtoMessage* message = nullptr;
};

struct ProtoMessage {
  std::vector<ProtoField> fields; // ascending numbers, as the Go encoder writes them
};

// One object as its Kubernetes protobuf message. Fields that the schema does not know are left out;
// empty scalars that Go writes are written. Placeholders (kube_filler.h) become cuts.
Rope encode_message(const ProtoMessage& message, const json& object);

// Appends the bytes of a rope, pieces filled in.
void append_rope(std::string& out, const Rope& rope);

// Bytes before and after the raw object of a "k8s\0" envelope whose object has `raw_size` bytes.
std::string envelope_head(std::string_view api_version, std::string_view kind,
                          std::size_t raw_size);
std::string_view envelope_tail();

// Tag and length of a length-delimited field.
void append_field_head(std::string& out, unsigned number, std::size_t size);

// A watch frame: 4 bytes length, then WatchEvent{type, object{raw}}; `raw` is a whole envelope.
std::string watch_frame(std::string_view type, std::string_view raw);

} // namespace syncer::sim
