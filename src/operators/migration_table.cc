#include "operators/migration_table.h"

#include <algorithm>

namespace syncer {

namespace {

// Takes one occurrence out; the entry goes with its last one.
template <class Map, class Key, class Same>
void take_one(Map& map, const Key& key, Same same) {
  const auto entry = map.find(key);
  if (entry == map.end()) return;
  auto& list = entry->second;
  const auto found = std::find_if(list.begin(), list.end(), same);
  if (found != list.end()) list.erase(found);
  if (list.empty()) map.erase(entry);
}

bool same_link(const MigrationRecord& a, const MigrationRecord& b) {
  return a.id == b.id && a.path == b.path;
}

} // namespace

void MigrationTable::link(const MigrationRecord& record) {
  links_[record.path].push_back({record.id, record.created, 0});
  paths_[record.id].push_back(record.path);
}

void MigrationTable::unlink(const MigrationRecord& record) {
  take_one(links_, record.path, [&](const Link& link) {
    return link.id == record.id && link.created == record.created;
  });
  take_one(paths_, record.id, [&](const InternedString& path) { return path == record.path; });
}

void MigrationTable::drop_alias(const InternedString& path) {
  const auto alias = aliases_.find(path);
  if (alias == aliases_.end()) return;
  take_one(paths_, alias->second.id, [&](const InternedString& other) { return other == path; });
  aliases_.erase(alias);
}

void MigrationTable::drop_aliases(const VolumeId& id) {
  for (const InternedString& path : paths_of(id)) {
    const auto alias = aliases_.find(path);
    if (alias != aliases_.end() && alias->second.id == id) drop_alias(path);
  }
}

std::vector<MigrationRecord> MigrationTable::put_object(const std::string& name,
                                                        MigrationRecord record) {
  std::vector<MigrationRecord> changed;
  const auto old = objects_.find(name);
  if (old == objects_.end() || !same_link(old->second, record)) changed.push_back(record);
  if (old != objects_.end()) {
    if (!changed.empty()) changed.push_back(old->second);
    unlink(old->second);
    take_one(names_, old->second.id, [&](const std::string& other) { return other == name; });
  }
  const auto alias = aliases_.find(record.path);
  // The object says the same now, or something newer.
  if (alias != aliases_.end() &&
      (alias->second.id == record.id || alias->second.created < record.created)) {
    drop_alias(record.path);
  }
  link(record);
  names_[record.id].push_back(name);
  objects_[name] = std::move(record);
  return changed;
}

std::vector<MigrationRecord> MigrationTable::remove_object(const std::string& name) {
  const auto old = objects_.find(name);
  if (old == objects_.end()) return {};
  const MigrationRecord gone = old->second;
  objects_.erase(old);
  unlink(gone);
  take_one(names_, gone.id, [&](const std::string& other) { return other == name; });
  std::vector<MigrationRecord> changed{gone};
  if (!names_.contains(gone.id)) {
    for (const InternedString& path : paths_of(gone.id)) {
      MigrationRecord alias;
      alias.id = gone.id;
      alias.path = path;
      if (path != gone.path) changed.push_back(std::move(alias));
    }
    drop_aliases(gone.id);
  }
  return changed;
}

void MigrationTable::put_alias(MigrationRecord record) {
  drop_alias(record.path);
  bool shown = false;
  if (const auto links = links_.find(record.path); links != links_.end()) {
    for (const Link& link : links->second) {
      shown = shown || link.id == record.id;
      // The registration that just happened is the newest one, whatever the two clocks say.
      record.created = std::max(record.created, link.created);
    }
    if (shown && links->second.size() == 1) return;
  }
  if (aliases_.size() >= kMaxAliases) {
    const InternedString any = aliases_.begin()->first;
    drop_alias(any);
    ++evicted_;
  }
  paths_[record.id].push_back(record.path);
  aliases_[record.path] = {record.id, record.created, 0};
}

void MigrationTable::listed() {
  std::vector<InternedString> gone;
  for (auto& [path, alias] : aliases_) {
    if (!names_.contains(alias.id) && ++alias.lists >= 2) gone.push_back(path);
  }
  for (const InternedString& path : gone) drop_alias(path);
}

std::vector<std::string> MigrationTable::names_of(const VolumeId& id) const {
  const auto found = names_.find(id);
  return found == names_.end() ? std::vector<std::string>() : found->second;
}

std::optional<VolumeId> MigrationTable::find(const InternedString& path) const {
  std::optional<Link> best;
  if (const auto alias = aliases_.find(path); alias != aliases_.end()) best = alias->second;
  if (const auto links = links_.find(path); links != links_.end()) {
    for (const Link& link : links->second) {
      // Of two that are equally old, any, but always the same one.
      const bool newer =
          !best || link.created > best->created ||
          (link.created == best->created && !aliases_.contains(path) && best->id < link.id);
      if (newer) best = link;
    }
  }
  if (!best) return std::nullopt;
  return best->id;
}

std::vector<InternedString> MigrationTable::paths_of(const VolumeId& id) const {
  const auto found = paths_.find(id);
  if (found == paths_.end()) return {};
  std::vector<InternedString> paths = found->second;
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

std::vector<MigrationRecord> MigrationTable::all() const {
  std::vector<MigrationRecord> records;
  records.reserve(objects_.size());
  for (const auto& [name, record] : objects_) records.push_back(record);
  return records;
}

} // namespace syncer
