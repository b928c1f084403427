#include "sim/kube_schema.h"

namespace syncer::sim {

using namespace schema;

namespace {

// References to tables of kube_schema.cc are only addresses here, so the order in which the files
// are initialised does not matter.

const ProtoMessage kSecretReference{{text("name", 1), text("namespace", 2)}};
const ProtoMessage kCsiVolume{{text("driver", 1), text("volumeHandle", 2), boolean("readOnly", 3),
                               text("fsType", 4), text_map("volumeAttributes", 5),
                               optional(message("controllerPublishSecretRef", 6, kSecretReference)),
                               optional(message("nodeStageSecretRef", 7, kSecretReference)),
                               optional(message("nodePublishSecretRef", 8, kSecretReference)),
                               optional(message("controllerExpandSecretRef", 9, kSecretReference)),
                               optional(message("nodeExpandSecretRef", 10, kSecretReference))}};
const ProtoMessage kVsphereVolume{{text("volumePath", 1), text("fsType", 2),
                                   text("storagePolicyName", 3), text("storagePolicyID", 4)}};
const ProtoMessage kHostPath{{text("path", 1), optional(text("type", 2))}};
const ProtoMessage kNfs{{text("server", 1), text("path", 2), boolean("readOnly", 3)}};
const ProtoMessage kLocal{{text("path", 1), optional(text("fsType", 2))}};
const ProtoMessage kVolumeSource{
    {optional(message("hostPath", 3, kHostPath)), optional(message("nfs", 5, kNfs)),
     optional(message("vsphereVolume", 14, kVsphereVolume)), optional(message("local", 20, kLocal)),
     optional(message("csi", 22, kCsiVolume))}};

const ProtoMessage kRequirement{{text("key", 1), text("operator", 2), repeated(text("values", 3))}};
const ProtoMessage kNodeSelectorTerm{{repeated(message("matchExpressions", 1, kRequirement)),
                                      repeated(message("matchFields", 2, kRequirement))}};
const ProtoMessage kNodeSelector{{repeated(message("nodeSelectorTerms", 1, kNodeSelectorTerm))}};
const ProtoMessage kVolumeNodeAffinity{{optional(message("required", 1, kNodeSelector))}};
const ProtoMessage kLabelSelector{
    {text_map("matchLabels", 1), repeated(message("matchExpressions", 2, kRequirement))}};

const ProtoMessage kVolumeSpec{
    {quantity_map("capacity", 1), inlined(2, kVolumeSource), repeated(text("accessModes", 3)),
     optional(message("claimRef", 4, kObjectReferenceMessage)),
     text("persistentVolumeReclaimPolicy", 5), text("storageClassName", 6),
     repeated(text("mountOptions", 7)), optional(text("volumeMode", 8)),
     optional(message("nodeAffinity", 9, kVolumeNodeAffinity)),
     optional(text("volumeAttributesClassName", 10))}};
const ProtoMessage kVolumeStatus{{text("phase", 1), text("message", 2), text("reason", 3),
                                  optional(time_of("lastPhaseTransitionTime", 4))}};

const ProtoMessage kResources{{quantity_map("limits", 1), quantity_map("requests", 2)}};
const ProtoMessage kLocalTypedReference{
    {optional(text("apiGroup", 1)), text("kind", 2), text("name", 3)}};
const ProtoMessage kTypedReference{{optional(text("apiGroup", 1)), text("kind", 2), text("name", 3),
                                    optional(text("namespace", 4))}};
const ProtoMessage kClaimCondition{{text("type", 1), text("status", 2), time_of("lastProbeTime", 3),
                                    time_of("lastTransitionTime", 4), text("reason", 5),
                                    text("message", 6)}};
const ProtoMessage kClaimStatus{
    {text("phase", 1), repeated(text("accessModes", 2)), quantity_map("capacity", 3),
     repeated(message("conditions", 4, kClaimCondition)), quantity_map("allocatedResources", 5),
     text_map("allocatedResourceStatuses", 7)}};

} // namespace

const ProtoMessage kPersistentVolumeMessage{{message("metadata", 1, kObjectMetaMessage),
                                             message("spec", 2, kVolumeSpec),
                                             message("status", 3, kVolumeStatus)}};

const ProtoMessage kPersistentVolumeClaimSpecMessage{
    {repeated(text("accessModes", 1)), message("resources", 2, kResources), text("volumeName", 3),
     optional(message("selector", 4, kLabelSelector)), optional(text("storageClassName", 5)),
     optional(text("volumeMode", 6)), optional(message("dataSource", 7, kLocalTypedReference)),
     optional(message("dataSourceRef", 8, kTypedReference)),
     optional(text("volumeAttributesClassName", 9))}};

const ProtoMessage kPersistentVolumeClaimMessage{
    {message("metadata", 1, kObjectMetaMessage),
     message("spec", 2, kPersistentVolumeClaimSpecMessage), message("status", 3, kClaimStatus)}};

} // namespace syncer::sim
