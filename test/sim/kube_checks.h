#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "sim/kube_request.h"
#include "sim/kube_status.h"
#include "sim/kube_store.h"

namespace syncer::sim {

// What a server checks of an object that comes in by its API, beyond its place and kind.
// SimKube::put checks nothing.
//
// Before creation: the name is one, definitions are called after what they define, events live
// where their object does, custom resources fit their schema, and the namespace of these two
// exists.
std::optional<KubeStatus> check_created(const KubeStore& store, const KubeRequest& request,
                                        json& object);
// Before a replacement or patch: the schema again, and a resourceVersion where the server wants
// one. `patch`: it need not be there.
std::optional<KubeStatus> check_changed(const KubeRequest& request, json& object, bool patch);

} // namespace syncer::sim
