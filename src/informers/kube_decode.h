// Bytes of the API server -> objects and watch events. Pure, and nothing is ever thrown outward.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "core/kube_objects.h"
#include "core/outcome.h"
#include "informers/resource.h"
#include "kube/kube_status.h"

namespace syncer {

enum class KubeFormat : std::uint8_t { kProtobuf, kJson };

// An object as far as it could be read.
struct DecodedObject {
  std::string ns;
  std::string name;
  std::string version; // metadata.resourceVersion, as the server wrote it
  // Empty for an object that is none of our business (a pod without any volume that we follow, a
  // PersistentVolume of a foreign driver) and for a broken one.
  std::variant<std::monostate, PersistentVolume, Claim, Pod> object;
  // Not empty: the object is broken, and why. What stands above was still readable.
  std::string problem;

  bool broken() const { return !problem.empty(); }
};

struct WatchEvent {
  enum class Type : std::uint8_t { kAdded, kModified, kDeleted, kBookmark, kError };
  Type type = Type::kAdded;
  DecodedObject object;            // for kBookmark only the version
  bool initial_events_end = false; // kBookmark: everything that existed has been sent
  KubeStatus status;               // kError
};

// Larger objects are taken as broken; only their identity is read.
inline constexpr std::size_t kMaxObject = 3 * 1024 * 1024;

// The number in a resourceVersion; 0 when it is none (then it compares with nothing).
std::uint64_t version_number(std::string_view version);

// An item of a list: for protobuf the bare message, for JSON the object's text.
DecodedObject decode_item(KubeFormat format, Resource resource, std::string_view bytes);

// A whole answer to a GET of one object: for protobuf with its envelope.
DecodedObject decode_single(KubeFormat format, Resource resource, std::string_view bytes);

// One frame of a watch without its framing. An error (kStale) means that the stream cannot be
// trusted any more; an object broken inside a sound event is reported in the event.
Outcome<WatchEvent> decode_watch_event(KubeFormat format, Resource resource,
                                       std::string_view bytes);

// metadata of a list: resourceVersion and continue token. kStale when malformed.
struct ListMeta {
  std::string version;
  std::string continue_token;
};
Outcome<ListMeta> decode_list_meta(KubeFormat format, std::string_view bytes);

} // namespace syncer
