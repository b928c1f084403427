// Kubernetes objects of tests as JSON, and their bytes as the API server would send them. The
// protobuf writer here shares nothing with the decoders but the field numbers of the API.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "informers/kube_decode.h"
#include "informers/resource.h"

namespace syncer {

nlohmann::json pv_json(const std::string& name, const std::string& handle, int version);
// Static (without annotations, so served by CSI), Retain, bound to shop/c-<name>.
nlohmann::json in_tree_pv_json(const std::string& name, const std::string& path, int version);
nlohmann::json claim_json(const std::string& name, const std::string& volume, int version);
// Running, on claim shop/<claim>.
nlohmann::json pod_json(const std::string& name, const std::string& claim, int version);
// Running, with the path in its own spec.
nlohmann::json inline_pod_json(const std::string& name, const std::string& path, int version);

// The object alone, without an envelope.
std::string object_bytes(KubeFormat format, Resource resource, const nlohmann::json& object);
// As an answer to a GET.
std::string single_bytes(KubeFormat format, Resource resource, const nlohmann::json& object);
// As the answer to a LIST.
std::string list_bytes(KubeFormat format, Resource resource,
                       const std::vector<nlohmann::json>& objects, const std::string& version,
                       const std::string& continue_token = "");
// As the answer to a LIST of VolumeAttachments of these PVs; an empty name is an inline volume.
std::string attachments_bytes(KubeFormat format, const std::vector<std::string>& volumes,
                              const std::string& continue_token = "");
// One framed event of a watch: ADDED, MODIFIED or DELETED.
std::string event_bytes(KubeFormat format, Resource resource, const std::string& type,
                        const nlohmann::json& object);
// The same with an object that is given as bytes (JSON text or bare protobuf message).
std::string raw_event_bytes(KubeFormat format, const std::string& type, const std::string& object);
std::string bookmark_bytes(KubeFormat format, Resource resource, const std::string& version,
                           bool initial_events_end);
// An ERROR event with this Status; a server too far behind names the cause.
std::string error_bytes(KubeFormat format, int code, const std::string& reason,
                        bool version_too_large = false);

std::string from_hex(std::string_view hex);

Headers content_type(KubeFormat format, bool watch);

} // namespace syncer
