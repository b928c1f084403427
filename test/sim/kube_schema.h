#pragma once

#include "sim/kube_protobuf.h"

namespace syncer::sim {

// The part of the Kubernetes protobuf schema (v1.34) that the simulator can write.
extern const ProtoMessage kListMetaMessage;
extern const ProtoMessage kObjectMetaMessage;
extern const ProtoMessage kObjectReferenceMessage;
extern const ProtoMessage kStatusMessage;
extern const ProtoMessage kPersistentVolumeMessage;
extern const ProtoMessage kPersistentVolumeClaimMessage;
extern const ProtoMessage kPersistentVolumeClaimSpecMessage;
extern const ProtoMessage kPodMessage;
extern const ProtoMessage kNamespaceMessage;
extern const ProtoMessage kLeaseMessage;
extern const ProtoMessage kConfigMapMessage;
extern const ProtoMessage kVolumeAttachmentMessage;

namespace schema {

// Short names for table rows. A plain one is written even when empty, an optional one only when it
// is present: in Go the second is a pointer.
inline ProtoField field(ProtoKind kind, const char* name, unsigned number) {
  return {name, number, kind, false, true, nullptr};
}
inline ProtoField text(const char* name, unsigned n) { return field(ProtoKind::kText, name, n); }
inline ProtoField integer(const char* name, unsigned n) {
  return field(ProtoKind::kInteger, name, n);
}
inline ProtoField boolean(const char* name, unsigned n) {
  return field(ProtoKind::kBoolean, name, n);
}
inline ProtoField time_of(const char* name, unsigned n) { return field(ProtoKind::kTime, name, n); }
inline ProtoField message(const char* name, unsigned n, const ProtoMessage& type) {
  return {name, n, ProtoKind::kMessage, false, true, &type};
}
inline ProtoField inlined(unsigned n, const ProtoMessage& type) {
  return {"", n, ProtoKind::kInline, false, true, &type};
}
inline ProtoField optional(ProtoField row) {
  row.always = false;
  return row;
}
inline ProtoField repeated(ProtoField row) {
  row.always = false;
  row.repeated = true;
  return row;
}
inline ProtoField text_map(const char* name, unsigned n) {
  return optional(field(ProtoKind::kTextMap, name, n));
}
inline ProtoField quantity_map(const char* name, unsigned n) {
  return optional(field(ProtoKind::kQuantityMap, name, n));
}

} // namespace schema
} // namespace syncer::sim
