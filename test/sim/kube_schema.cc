#include "sim/kube_schema.h"

namespace syncer::sim {

using namespace schema;

namespace {

const ProtoMessage kOwnerReference{{text("kind", 1), text("name", 3), text("uid", 4),
                                    text("apiVersion", 5), optional(boolean("controller", 6)),
                                    optional(boolean("blockOwnerDeletion", 7))}};

const ProtoMessage kManagedFieldsEntry{
    {text("manager", 1), text("operation", 2), text("apiVersion", 3), optional(time_of("time", 4)),
     text("fieldsType", 6), optional(field(ProtoKind::kRawJson, "fieldsV1", 7)),
     text("subresource", 8)}};

const ProtoMessage kStatusCause{{text("reason", 1), text("message", 2), text("field", 3)}};

const ProtoMessage kStatusDetails{{text("name", 1), text("group", 2), text("kind", 3),
                                   repeated(message("causes", 4, kStatusCause)),
                                   integer("retryAfterSeconds", 5), text("uid", 6)}};

} // namespace

const ProtoMessage kListMetaMessage{{text("selfLink", 1), text("resourceVersion", 2),
                                     text("continue", 3),
                                     optional(integer("remainingItemCount", 4))}};

const ProtoMessage kObjectMetaMessage{
    {text("name", 1), text("generateName", 2), text("namespace", 3), text("selfLink", 4),
     text("uid", 5), text("resourceVersion", 6), integer("generation", 7),
     time_of("creationTimestamp", 8), optional(time_of("deletionTimestamp", 9)),
     optional(integer("deletionGracePeriodSeconds", 10)), text_map("labels", 11),
     text_map("annotations", 12), repeated(message("ownerReferences", 13, kOwnerReference)),
     repeated(text("finalizers", 14)),
     repeated(message("managedFields", 17, kManagedFieldsEntry))}};

const ProtoMessage kObjectReferenceMessage{{text("kind", 1), text("namespace", 2), text("name", 3),
                                            text("uid", 4), text("apiVersion", 5),
                                            text("resourceVersion", 6), text("fieldPath", 7)}};

const ProtoMessage kStatusMessage{
    {message("metadata", 1, kListMetaMessage), text("status", 2), text("message", 3),
     text("reason", 4), optional(message("details", 5, kStatusDetails)), integer("code", 6)}};

namespace {

const ProtoMessage kLeaseSpec{
    {optional(text("holderIdentity", 1)), optional(integer("leaseDurationSeconds", 2)),
     optional(field(ProtoKind::kMicroTime, "acquireTime", 3)),
     optional(field(ProtoKind::kMicroTime, "renewTime", 4)),
     optional(integer("leaseTransitions", 5)), optional(text("strategy", 6)),
     optional(text("preferredHolder", 7))}};
const ProtoMessage kNamespaceSpec{{repeated(text("finalizers", 1))}};
const ProtoMessage kNamespaceStatus{{text("phase", 1)}};
const ProtoMessage kAttachmentSource{{optional(text("persistentVolumeName", 1))}};
const ProtoMessage kAttachmentSpec{
    {text("attacher", 1), message("source", 2, kAttachmentSource), text("nodeName", 3)}};
const ProtoMessage kAttachmentError{{time_of("time", 1), text("message", 2)}};
const ProtoMessage kAttachmentStatus{{boolean("attached", 1), text_map("attachmentMetadata", 2),
                                      optional(message("attachError", 3, kAttachmentError)),
                                      optional(message("detachError", 4, kAttachmentError))}};

} // namespace

const ProtoMessage kLeaseMessage{
    {message("metadata", 1, kObjectMetaMessage), message("spec", 2, kLeaseSpec)}};

const ProtoMessage kNamespaceMessage{{message("metadata", 1, kObjectMetaMessage),
                                      message("spec", 2, kNamespaceSpec),
                                      message("status", 3, kNamespaceStatus)}};

const ProtoMessage kConfigMapMessage{{message("metadata", 1, kObjectMetaMessage),
                                      text_map("data", 2), optional(boolean("immutable", 4))}};

const ProtoMessage kVolumeAttachmentMessage{{message("metadata", 1, kObjectMetaMessage),
                                             message("spec", 2, kAttachmentSpec),
                                             message("status", 3, kAttachmentStatus)}};

} // namespace syncer::sim
