#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "operators/migration_store.h"

namespace syncer {

// Which path leads to which volume: by the objects that the API server showed, and by aliases, our
// own registrations that no object shows (not yet, or because its object names another spelling of
// the path). Several objects may name one path: the newest registration counts.
class MigrationTable {
 public:
  static constexpr std::size_t kMaxAliases = 10'000;

  // The object `name` as it is now. Gives the links that appeared or went.
  std::vector<MigrationRecord> put_object(const std::string& name, MigrationRecord record);
  // Takes the aliases of the volume along: its registration is over.
  std::vector<MigrationRecord> remove_object(const std::string& name);
  // `record` was registered at `record.created` by ourselves.
  void put_alias(MigrationRecord record);
  // Everything that leads to the volume; gives the names of its objects.
  std::vector<std::string> names_of(const VolumeId& id) const;
  void drop_aliases(const VolumeId& id);
  // A complete list was read. Aliases of volumes that no object names in two lists are dropped: the
  // second one surely began after the registration.
  void listed();

  std::optional<VolumeId> find(const InternedString& path) const;
  std::vector<InternedString> paths_of(const VolumeId& id) const; // sorted, each once
  std::vector<MigrationRecord> all() const;                       // the objects
  std::size_t aliases() const { return aliases_.size(); }
  std::size_t evicted() const { return evicted_; }

 private:
  struct Link {
    VolumeId id;
    std::int64_t created = 0;
    int lists = 0; // of an alias: how many did not show its volume
  };
  void link(const MigrationRecord& record);
  void unlink(const MigrationRecord& record);
  void drop_alias(const InternedString& path);

  std::unordered_map<std::string, MigrationRecord> objects_;
  std::unordered_map<InternedString, Link> aliases_;                // by path
  std::unordered_map<InternedString, std::vector<Link>> links_;     // by path, of objects
  std::unordered_map<VolumeId, std::vector<InternedString>> paths_; // of both, one per link
  std::unordered_map<VolumeId, std::vector<std::string>> names_;    // of objects
  std::size_t evicted_ = 0;
};

} // namespace syncer
