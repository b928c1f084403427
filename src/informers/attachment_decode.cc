#include "informers/attachment_decode.h"

#include <boost/json/parse.hpp>

#include "informers/protobuf_fields.h"

namespace syncer {

namespace {

namespace json = boost::json;
using protozero::pbf_reader;

Error unreadable(std::string_view why) {
  return Error{ErrorKind::kTransient, "an item cannot be read: " + std::string(why)};
}

// The last of them counts, as in any protobuf message.
std::string_view read_name(pbf_reader attachment) {
  std::string_view name;
  while (attachment.next(2)) { // spec
    pbf_reader spec = attachment.get_message();
    while (spec.next(2)) { // source
      pbf_reader source = spec.get_message();
      while (source.next(1)) name = text(source);
    }
  }
  return name;
}

// Nothing: the member is there and is not what it should be. Absent reads like empty.
const json::object* member(const json::object& object, std::string_view key) {
  static const json::object kEmpty;
  const json::value* found = object.if_contains({key.data(), key.size()});
  if (found == nullptr || found->is_null()) return &kEmpty;
  return found->if_object();
}

} // namespace

Outcome<std::string> decode_attachment(KubeFormat format, std::string_view bytes) {
  if (format == KubeFormat::kProtobuf) {
    try {
      return std::string(read_name(reader_of(bytes)));
    } catch (const protozero::exception& error) {
      return unreadable(error.what());
    }
  }
  json::parse_options options;
  options.max_depth = 256;
  json::error_code ec;
  const json::value value =
      json::parse({bytes.data(), bytes.size()}, ec, json::storage_ptr(), options);
  const json::object* at = ec ? nullptr : value.if_object();
  for (const char* key : {"spec", "source"}) {
    if (at != nullptr) at = member(*at, key);
  }
  if (at == nullptr) return unreadable("malformed JSON");
  const json::value* name = at->if_contains("persistentVolumeName");
  if (name == nullptr || name->is_null()) return std::string();
  if (!name->is_string()) return unreadable("persistentVolumeName is no string");
  return std::string(name->get_string().data(), name->get_string().size());
}

} // namespace syncer
