#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/outcome.h"

namespace syncer {

// A coordination.k8s.io/v1 Lease as an election uses it.
struct Lease {
  std::string holder;               // empty: free
  std::chrono::seconds duration{0}; // how long it stays with a holder that is not heard of
  std::string acquired;             // MicroTime, as it is written; never compared with a clock
  std::string renewed;
  std::int64_t transitions = 0;
  std::string version; // metadata.resourceVersion
  std::string object;  // all of it as JSON, with what others keep there; empty: not stored yet

  // The holder did something in between.
  bool same_record(const Lease& other) const {
    return holder == other.holder && duration == other.duration && acquired == other.acquired &&
           renewed == other.renewed && transitions == other.transitions;
  }
};

// Absent fields are empty or 0, as for every client of this API. kRejected: not such an object.
Outcome<Lease> decode_lease(const nlohmann::json& object);
Outcome<Lease> parse_lease(const std::string& text);
// Annotations by name; an empty text takes one away.
using LeaseNotes = std::map<std::string, std::string>;
// The whole object for a PUT, or for the POST of one that is not stored yet. Annotations that
// `notes` does not name stay as they are.
std::string encode_lease(const Lease& lease, const std::string& ns, const std::string& name,
                         const LeaseNotes& notes = {});
// Of the object that was read; empty: it has none of that name.
std::string lease_annotation(const Lease& lease, const std::string& name);

} // namespace syncer
