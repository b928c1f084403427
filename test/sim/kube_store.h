#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/kube_object.h"

namespace syncer::sim {

enum class ChangeType { kAdded, kModified, kDeleted };

const char* to_string(ChangeType type);

// One step of history. A deletion carries the last state under the deletion's version.
struct KubeChange {
  std::uint64_t version = 0;
  ChangeType type = ChangeType::kAdded;
  KubeObjectPtr object;
  KubeObjectPtr before; // null for an addition
};

using KubeObjects = std::map<std::string, KubeObjectPtr>; // by object_key

// What etcd and the watch cache hold: the objects, one version counter for all of them, and the
// changes that watches can still be started from. Knows nothing of HTTP.
class KubeStore {
 public:
  // Called after every change, with its resource.
  std::function<void(const KubeResource&)> changed;

  // At most this many changes per resource are kept.
  std::size_t history_limit = 200'000;

  KubeStore() { compact(); }

  std::uint64_t version() const { return version_; }

  // Null when absent.
  KubeObjectPtr find(const KubeResource& resource, const std::string& ns,
                     const std::string& name) const;
  const KubeObjects& objects(const KubeResource& resource) const;

  // Both take the next version and check nothing. `put` creates or replaces; it fills uid and
  // creationTimestamp where they are missing and counts the generation.
  KubeObjectPtr put(const KubeResource& resource, json object);
  KubeObjectPtr remove(const KubeResource& resource, const std::string& ns,
                       const std::string& name);

  // The objects as they were at `version`; nothing if that is forgotten or in the future.
  std::optional<KubeObjects> objects_at(const KubeResource& resource, std::uint64_t version) const;

  // Changes have increasing positions. A position below first_position is forgotten.
  std::uint64_t first_position(const KubeResource& resource) const;
  std::uint64_t end_position(const KubeResource& resource) const;
  const KubeChange& change(const KubeResource& resource, std::uint64_t position) const;
  // Position of the first change after `version`; nothing if it is forgotten.
  std::optional<std::uint64_t> position_after(const KubeResource& resource,
                                              std::uint64_t version) const;

  // Forgets all history: no watch or page can start from an older version than the present one.
  void compact();

  // Everything, to go back to later. Going back also lowers the version and forgets history.
  struct Saved {
    std::uint64_t version = 0;
    std::map<const KubeResource*, KubeObjects> objects;
  };
  Saved save() const;
  void restore(const Saved& saved);

 private:
  struct Shelf {
    KubeObjects objects;
    std::deque<KubeChange> changes;
    std::uint64_t dropped = 0; // changes forgotten so far
    std::uint64_t floor = 0;   // history is complete from here
  };
  const Shelf& shelf(const KubeResource& resource) const;
  void record(const KubeResource& resource, Shelf& shelf, KubeChange change);
  void complete(const KubeResource& resource, json& object, const KubeObjectPtr& before);
  std::string new_uid();

  std::map<const KubeResource*, Shelf> shelves_;
  std::uint64_t version_ = 1000;
  std::uint64_t uids_ = 0;
};

} // namespace syncer::sim
