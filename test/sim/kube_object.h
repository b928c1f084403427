#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "sim/kube_resources.h"
#include "sim/kube_rope.h"

namespace syncer::sim {

using json = nlohmann::json;

// One stored version of an object; never changes. Kept as encoded text, so that 100,000 of them
// stay small and lists are copies of bytes.
struct KubeObject {
  std::uint64_t version = 0;
  std::string ns;
  std::string name;
  std::string node;  // pods: spec.nodeName
  std::string phase; // status.phase
  std::string text;  // JSON without apiVersion and kind, placeholders not filled in
  Rope proto;        // empty for a resource without protobuf
};

using KubeObjectPtr = std::shared_ptr<const KubeObject>;

// Takes metadata.resourceVersion as the version; `object` may carry apiVersion and kind.
KubeObjectPtr make_object(const KubeResource& resource, json object);

// The object as JSON with apiVersion and kind; fillers stay placeholders.
json to_json(const KubeResource& resource, const KubeObject& object);

// The same object under another resourceVersion.
KubeObjectPtr with_version(const KubeResource& resource, const KubeObject& object,
                           std::uint64_t version);

// Sort key: "namespace/name", or the name alone.
std::string object_key(const std::string& ns, const std::string& name);

} // namespace syncer::sim
