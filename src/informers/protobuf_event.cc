#include "informers/object_parts.h"
#include "informers/protobuf_fields.h"

namespace syncer {

namespace {

using protozero::pbf_reader;

// A bookmark is an object of the watched type with nothing in it but metadata.
void read_bookmark(std::string_view bytes, WatchEvent& event) {
  pbf_reader reader = reader_of(bytes);
  while (reader.next()) {
    if (reader.tag() != 1) {
      reader.skip();
      continue;
    }
    pbf_reader meta = reader.get_message();
    while (meta.next()) {
      if (meta.tag() == 6) {
        event.object.version = text(meta);
      } else if (meta.tag() == 12) {
        const auto [key, value] = read_entry(meta.get_message());
        if (key == kInitialEventsEnd && value == "true") event.initial_events_end = true;
      } else {
        meta.skip();
      }
    }
  }
}

Error malformed(std::string_view what) {
  return Error{ErrorKind::kStale, "malformed protobuf: " + std::string(what)};
}

} // namespace

Outcome<WatchEvent> decode_protobuf_event(Resource resource, std::string_view bytes) {
  std::string_view type, object;
  try {
    pbf_reader reader = reader_of(bytes);
    while (reader.next()) {
      if (reader.tag() == 1) {
        type = text(reader);
      } else if (reader.tag() == 2) {
        pbf_reader extension = reader.get_message();
        while (extension.next()) {
          if (extension.tag() == 1) {
            object = text(extension);
          } else {
            extension.skip();
          }
        }
      } else {
        reader.skip();
      }
    }
  } catch (const protozero::exception& error) {
    return malformed(error.what());
  }

  WatchEvent event;
  const auto raw = unwrap_protobuf(object);
  if (type == "BOOKMARK" || type == "ERROR") {
    if (!raw) return malformed("envelope of an event");
    if (type == "ERROR") {
      auto status = decode_protobuf_status(*raw);
      if (!status) return malformed("Status");
      event.type = WatchEvent::Type::kError;
      event.status = std::move(*status);
      return event;
    }
    event.type = WatchEvent::Type::kBookmark;
    try {
      read_bookmark(*raw, event);
    } catch (const protozero::exception& error) {
      return malformed(error.what());
    }
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
  event.object = decode_single(KubeFormat::kProtobuf, resource, object);
  return event;
}

Outcome<ListMeta> decode_protobuf_list_meta(std::string_view bytes) {
  ListMeta meta;
  try {
    pbf_reader reader = reader_of(bytes);
    while (reader.next()) {
      if (reader.tag() == 2) {
        meta.version = text(reader);
      } else if (reader.tag() == 3) {
        meta.continue_token = text(reader);
      } else {
        reader.skip();
      }
    }
  } catch (const protozero::exception& error) {
    return malformed(error.what());
  }
  return meta;
}

} // namespace syncer
