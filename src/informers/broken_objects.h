#pragma once

#include <cstdint>
#include <unordered_map>

#include "core/kube_objects.h"

namespace syncer {

// The keys of one resource whose newest version could not be decoded. Few or none, so the entries
// of the cache carry no mark of their own.
class BrokenObjects {
 public:
  static constexpr std::size_t kMax = 10'000;

  // False: full, the key is not remembered.
  bool add(const ObjectKey& key, std::uint64_t version, std::uint32_t generation) {
    if (broken_.size() >= kMax && !broken_.contains(key)) return false;
    broken_[key] = Record{version, generation};
    return true;
  }
  // A sound version came, or the object is gone. True if that was news. A version that is older
  // than the broken one (0: unknown) changes nothing.
  bool clear(const ObjectKey& key, std::uint64_t version) {
    const auto found = broken_.find(key);
    if (found == broken_.end()) return false;
    if (version != 0 && version < found->second.version) return false;
    broken_.erase(found);
    return true;
  }
  // A list names it, in whatever version.
  void listed(const ObjectKey& key, std::uint32_t generation) {
    const auto found = broken_.find(key);
    if (found != broken_.end()) found->second.generation = generation;
  }
  // What a complete list did not name any more is gone.
  void sweep(std::uint32_t generation) {
    std::erase_if(broken_,
                  [&](const auto& entry) { return entry.second.generation != generation; });
  }

  std::size_t size() const { return broken_.size(); }
  bool empty() const { return broken_.empty(); }
  bool contains(const ObjectKey& key) const { return broken_.contains(key); }
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& entry : broken_) visit(entry.first);
  }

 private:
  struct Record {
    std::uint64_t version;
    std::uint32_t generation;
  };
  std::unordered_map<ObjectKey, Record> broken_;
};

} // namespace syncer
