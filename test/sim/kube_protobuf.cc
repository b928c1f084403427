#include "sim/kube_protobuf.h"

#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <protozero/pbf_writer.hpp>
#include <protozero/varint.hpp>

#include "sim/kube_filler.h"
#include "sim/kube_time.h"

namespace syncer::sim {

namespace {

const json kNothing = json::object();

const json& member(const json& object, const std::string& name) {
  if (!object.is_object()) return kNothing;
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? kNothing : *found;
}

bool has(const json& object, const std::string& name) {
  return object.is_object() && object.contains(name) && !object.at(name).is_null();
}

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

// A quantity may be written as a number in JSON.
std::string quantity_of(const json& value) {
  return value.is_number() ? value.dump() : text_of(value);
}

void append_child(Rope& rope, unsigned number, const Rope& child) {
  append_field_head(rope.bytes, number, child.size());
  for (const Rope::Cut& cut : child.cuts) {
    rope.cuts.push_back({static_cast<std::uint32_t>(rope.bytes.size()) + cut.at, cut.piece});
  }
  rope.bytes += child.bytes;
  rope.piece_bytes += child.piece_bytes;
}

std::string time_bytes(const json& value, bool micro) {
  std::string out;
  const auto time = parse_rfc3339(text_of(value));
  if (!time) return out;
  protozero::pbf_writer writer(out);
  writer.add_int64(1, time->seconds);
  writer.add_int32(2, micro ? time->nanos : 0);
  return out;
}

std::string quantity_bytes(const json& value) {
  std::string out;
  protozero::pbf_writer(out).add_string(1, quantity_of(value));
  return out;
}

void append_scalar(std::string& out, const ProtoField& field, const json& value) {
  protozero::pbf_writer writer(out);
  switch (field.kind) {
    case ProtoKind::kText:
      writer.add_string(field.number, text_of(value));
      break;
    case ProtoKind::kInteger:
      writer.add_int64(field.number, value.is_number() ? value.get<std::int64_t>() : 0);
      break;
    case ProtoKind::kBoolean:
      writer.add_bool(field.number, value.is_boolean() && value.get<bool>());
      break;
    case ProtoKind::kQuantity:
      writer.add_message(field.number, quantity_bytes(value));
      break;
    case ProtoKind::kTime:
    case ProtoKind::kMicroTime:
      writer.add_message(field.number, time_bytes(value, field.kind == ProtoKind::kMicroTime));
      break;
    case ProtoKind::kRawJson: {
      std::string raw;
      protozero::pbf_writer(raw).add_bytes(1, value.dump());
      writer.add_message(field.number, raw);
      break;
    }
    case ProtoKind::kIntOrString: {
      std::string both;
      protozero::pbf_writer inner(both);
      inner.add_int64(1, value.is_string() ? 1 : 0);
      inner.add_int32(2, value.is_number() ? value.get<std::int32_t>() : 0);
      inner.add_string(3, text_of(value));
      writer.add_message(field.number, both);
      break;
    }
    default:
      break;
  }
}

void append_map(std::string& out, const ProtoField& field, const json& value) {
  for (const auto& [key, item] : value.items()) {
    std::string entry;
    protozero::pbf_writer writer(entry);
    writer.add_string(1, key);
    if (field.kind == ProtoKind::kQuantityMap) {
      writer.add_message(2, quantity_bytes(item));
    } else {
      writer.add_string(2, text_of(item));
    }
    protozero::pbf_writer(out).add_message(field.number, entry);
  }
}

void append_value(Rope& rope, const ProtoField& field, const json& value) {
  if (field.kind == ProtoKind::kMessage) {
    append_child(rope, field.number, encode_message(*field.message, value));
  } else {
    append_scalar(rope.bytes, field, value);
  }
}

// Encoded pieces by filler and field: a filler always stands in the same place of its objects.
struct Pieces {
  std::map<std::pair<std::uint32_t, const ProtoField*>, std::uint32_t> ids;
  std::deque<std::string> bytes;
};

Pieces& pieces() {
  static Pieces all;
  return all;
}

void append_field(Rope& rope, const ProtoField& field, const json& value);

std::uint32_t piece_for(std::uint32_t filler, const ProtoField& field) {
  const auto key = std::make_pair(filler, &field);
  if (const auto found = pieces().ids.find(key); found != pieces().ids.end()) return found->second;
  Rope rope;
  append_field(rope, field, filler_value(filler));
  std::string bytes;
  append_rope(bytes, rope);
  pieces().bytes.push_back(std::move(bytes));
  const auto id = static_cast<std::uint32_t>(pieces().bytes.size() - 1);
  pieces().ids.emplace(key, id);
  return id;
}

void append_field(Rope& rope, const ProtoField& field, const json& value) {
  if (const auto filler = filler_id(value)) {
    const std::uint32_t piece = piece_for(*filler, field);
    rope.cuts.push_back({static_cast<std::uint32_t>(rope.bytes.size()), piece});
    rope.piece_bytes += pieces().bytes[piece].size();
  } else if (field.kind == ProtoKind::kTextMap || field.kind == ProtoKind::kQuantityMap) {
    append_map(rope.bytes, field, value);
  } else if (field.repeated) {
    if (!value.is_array()) return;
    for (const json& item : value) append_value(rope, field, item);
  } else {
    append_value(rope, field, value);
  }
}

} // namespace

Rope encode_message(const ProtoMessage& message, const json& object) {
  Rope rope;
  for (const ProtoField& field : message.fields) {
    if (field.kind == ProtoKind::kInline) {
      append_child(rope, field.number, encode_message(*field.message, object));
    } else if (field.always || has(object, field.name)) {
      append_field(rope, field, member(object, field.name));
    }
  }
  return rope;
}

void append_rope(std::string& out, const Rope& rope) {
  std::size_t from = 0;
  for (const Rope::Cut& cut : rope.cuts) {
    out.append(rope.bytes, from, cut.at - from);
    out.append(pieces().bytes[cut.piece]);
    from = cut.at;
  }
  out.append(rope.bytes, from);
}

void append_field_head(std::string& out, unsigned number, std::size_t size) {
  protozero::add_varint_to_buffer(&out, (std::uint64_t{number} << 3U) | 2U);
  protozero::add_varint_to_buffer(&out, size);
}

std::string envelope_head(std::string_view api_version, std::string_view kind,
                          std::size_t raw_size) {
  std::string type_meta;
  protozero::pbf_writer writer(type_meta);
  writer.add_string(1, api_version.data(), api_version.size());
  writer.add_string(2, kind.data(), kind.size());
  std::string out("k8s\0", 4);
  protozero::pbf_writer(out).add_message(1, type_meta);
  append_field_head(out, 2, raw_size);
  return out;
}

std::string_view envelope_tail() {
  static constexpr std::string_view kEmptyEncodingAndType("\x1a\x00\x22\x00", 4);
  return kEmptyEncodingAndType;
}

std::string watch_frame(std::string_view type, std::string_view raw) {
  std::string extension;
  append_field_head(extension, 1, raw.size());
  std::string head;
  protozero::pbf_writer(head).add_string(1, type.data(), type.size());
  append_field_head(head, 2, extension.size() + raw.size());
  const std::size_t size = head.size() + extension.size() + raw.size();
  std::string out;
  out.reserve(size + 4);
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((size >> static_cast<unsigned>(shift)) & 0xffU));
  }
  out += head;
  out += extension;
  out += raw;
  return out;
}

} // namespace syncer::sim
