#include "sim/kube_schema.h"

namespace syncer::sim {

using namespace schema;

namespace {

const ProtoMessage kKeyToPath{{text("key", 1), text("path", 2), optional(integer("mode", 3))}};
const ProtoMessage kEmptyDir{
    {text("medium", 1), optional(field(ProtoKind::kQuantity, "sizeLimit", 2))}};
const ProtoMessage kHostPath{{text("path", 1), optional(text("type", 2))}};
const ProtoMessage kSecretVolume{{text("secretName", 1), repeated(message("items", 2, kKeyToPath)),
                                  optional(integer("defaultMode", 3)),
                                  optional(boolean("optional", 4))}};
const ProtoMessage kClaimVolume{{text("claimName", 1), boolean("readOnly", 2)}};
const ProtoMessage kLocalReference{{text("name", 1)}};
const ProtoMessage kConfigMapVolume{
    {inlined(1, kLocalReference), repeated(message("items", 2, kKeyToPath)),
     optional(integer("defaultMode", 3)), optional(boolean("optional", 4))}};
const ProtoMessage kVsphereVolume{{text("volumePath", 1), text("fsType", 2),
                                   text("storagePolicyName", 3), text("storagePolicyID", 4)}};
const ProtoMessage kTokenProjection{
    {text("audience", 1), optional(integer("expirationSeconds", 2)), text("path", 3)}};
const ProtoMessage kConfigMapProjection{{inlined(1, kLocalReference),
                                         repeated(message("items", 2, kKeyToPath)),
                                         optional(boolean("optional", 4))}};
const ProtoMessage kFieldSelector{{text("apiVersion", 1), text("fieldPath", 2)}};
const ProtoMessage kDownwardFile{{text("path", 1), optional(message("fieldRef", 2, kFieldSelector)),
                                  optional(integer("mode", 4))}};
const ProtoMessage kDownwardProjection{{repeated(message("items", 1, kDownwardFile))}};
const ProtoMessage kProjection{{optional(message("downwardAPI", 2, kDownwardProjection)),
                                optional(message("configMap", 3, kConfigMapProjection)),
                                optional(message("serviceAccountToken", 4, kTokenProjection))}};
const ProtoMessage kProjected{
    {repeated(message("sources", 1, kProjection)), optional(integer("defaultMode", 2))}};
const ProtoMessage kCsiInline{{text("driver", 1), optional(boolean("readOnly", 2)),
                               optional(text("fsType", 3)), text_map("volumeAttributes", 4),
                               optional(message("nodePublishSecretRef", 5, kLocalReference))}};
const ProtoMessage kNfs{{text("server", 1), text("path", 2), boolean("readOnly", 3)}};
const ProtoMessage kClaimTemplate{{message("metadata", 1, kObjectMetaMessage),
                                   message("spec", 2, kPersistentVolumeClaimSpecMessage)}};
const ProtoMessage kEphemeral{{optional(message("volumeClaimTemplate", 1, kClaimTemplate))}};
const ProtoMessage kVolumeSource{
    {optional(message("hostPath", 1, kHostPath)), optional(message("emptyDir", 2, kEmptyDir)),
     optional(message("secret", 6, kSecretVolume)), optional(message("nfs", 7, kNfs)),
     optional(message("persistentVolumeClaim", 10, kClaimVolume)),
     optional(message("configMap", 19, kConfigMapVolume)),
     optional(message("vsphereVolume", 20, kVsphereVolume)),
     optional(message("projected", 26, kProjected)), optional(message("csi", 28, kCsiInline)),
     optional(message("ephemeral", 29, kEphemeral))}};
const ProtoMessage kVolume{{text("name", 1), inlined(2, kVolumeSource)}};

const ProtoMessage kPort{{text("name", 1), integer("hostPort", 2), integer("containerPort", 3),
                          text("protocol", 4), text("hostIP", 5)}};
const ProtoMessage kEnvSource{{optional(message("fieldRef", 1, kFieldSelector))}};
const ProtoMessage kEnv{
    {text("name", 1), text("value", 2), optional(message("valueFrom", 3, kEnvSource))}};
const ProtoMessage kResources{{quantity_map("limits", 1), quantity_map("requests", 2)}};
const ProtoMessage kMount{
    {text("name", 1), boolean("readOnly", 2), text("mountPath", 3), text("subPath", 4)}};
const ProtoMessage kHttpGet{{text("path", 1), field(ProtoKind::kIntOrString, "port", 2),
                             text("host", 3), text("scheme", 4)}};
const ProtoMessage kProbeHandler{{optional(message("httpGet", 2, kHttpGet))}};
const ProtoMessage kProbe{{inlined(1, kProbeHandler), integer("initialDelaySeconds", 2),
                           integer("timeoutSeconds", 3), integer("periodSeconds", 4),
                           integer("successThreshold", 5), integer("failureThreshold", 6)}};
const ProtoMessage kContainer{
    {text("name", 1), text("image", 2), repeated(text("command", 3)), repeated(text("args", 4)),
     text("workingDir", 5), repeated(message("ports", 6, kPort)), repeated(message("env", 7, kEnv)),
     message("resources", 8, kResources), repeated(message("volumeMounts", 9, kMount)),
     optional(message("livenessProbe", 10, kProbe)),
     optional(message("readinessProbe", 11, kProbe)), text("terminationMessagePath", 13),
     text("imagePullPolicy", 14), boolean("stdin", 16), boolean("stdinOnce", 17),
     boolean("tty", 18), text("terminationMessagePolicy", 20)}};

const ProtoMessage kSecurityContext{
    {optional(integer("runAsUser", 2)), optional(boolean("runAsNonRoot", 3)),
     optional(integer("fsGroup", 5)), optional(integer("runAsGroup", 6))}};
const ProtoMessage kToleration{{text("key", 1), text("operator", 2), text("value", 3),
                                text("effect", 4), optional(integer("tolerationSeconds", 5))}};
const ProtoMessage kPodSpec{{repeated(message("volumes", 1, kVolume)),
                             repeated(message("containers", 2, kContainer)),
                             text("restartPolicy", 3),
                             optional(integer("terminationGracePeriodSeconds", 4)),
                             text("dnsPolicy", 6),
                             text_map("nodeSelector", 7),
                             text("serviceAccountName", 8),
                             text("serviceAccount", 9),
                             text("nodeName", 10),
                             boolean("hostNetwork", 11),
                             boolean("hostPID", 12),
                             boolean("hostIPC", 13),
                             optional(message("securityContext", 14, kSecurityContext)),
                             text("hostname", 16),
                             text("subdomain", 17),
                             text("schedulerName", 19),
                             repeated(message("initContainers", 20, kContainer)),
                             repeated(message("tolerations", 22, kToleration)),
                             text("priorityClassName", 24),
                             optional(integer("priority", 25)),
                             optional(boolean("enableServiceLinks", 30)),
                             optional(text("preemptionPolicy", 31))}};

const ProtoMessage kPodCondition{{text("type", 1), text("status", 2), time_of("lastProbeTime", 3),
                                  time_of("lastTransitionTime", 4), text("reason", 5),
                                  text("message", 6)}};
const ProtoMessage kRunning{{time_of("startedAt", 1)}};
const ProtoMessage kContainerState{{optional(message("running", 2, kRunning))}};
const ProtoMessage kContainerStatus{{text("name", 1), message("state", 2, kContainerState),
                                     message("lastState", 3, kContainerState), boolean("ready", 4),
                                     integer("restartCount", 5), text("image", 6),
                                     text("imageID", 7), text("containerID", 8),
                                     optional(boolean("started", 9))}};
const ProtoMessage kIp{{text("ip", 1)}};
const ProtoMessage kPodStatus{
    {text("phase", 1), repeated(message("conditions", 2, kPodCondition)), text("message", 3),
     text("reason", 4), text("hostIP", 5), text("podIP", 6), optional(time_of("startTime", 7)),
     repeated(message("containerStatuses", 8, kContainerStatus)), text("qosClass", 9),
     text("nominatedNodeName", 11), repeated(message("podIPs", 12, kIp)),
     repeated(message("hostIPs", 16, kIp))}};

} // namespace

const ProtoMessage kPodMessage{{message("metadata", 1, kObjectMetaMessage),
                                message("spec", 2, kPodSpec), message("status", 3, kPodStatus)}};

} // namespace syncer::sim
