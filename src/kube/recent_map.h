#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>

namespace syncer {

// The values used last, at most `cap` of them; the one unused for longest makes room.
template <class Value>
class RecentMap {
 public:
  explicit RecentMap(std::size_t cap) : cap_(cap) {}

  // Null when it is not there; else it counts as used. Valid until the next call of `add`.
  Value* find(const std::string& key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->second;
  }
  // A new value in place of whatever was there.
  Value& add(const std::string& key, Value value) {
    erase(key);
    if (entries_.size() >= cap_) {
      places_.erase(entries_.back().first);
      entries_.pop_back();
      ++evicted_;
    }
    entries_.emplace_front(key, std::move(value));
    places_[key] = entries_.begin();
    return entries_.front().second;
  }
  void erase(const std::string& key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return;
    entries_.erase(found->second);
    places_.erase(found);
  }
  std::size_t size() const { return entries_.size(); }
  std::size_t evicted() const { return evicted_; }

 private:
  using Entries = std::list<std::pair<std::string, Value>>;
  std::size_t cap_;
  std::size_t evicted_ = 0;
  Entries entries_; // used last first
  std::unordered_map<std::string, typename Entries::iterator> places_;
};

} // namespace syncer
