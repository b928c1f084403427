#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace syncer::sim {

using json = nlohmann::json;

struct KubeCall {
  std::string verb; // get, list, watch, create, update, patch, delete, other
  std::string resource;
  int status = 0;
  std::string target; // with query, as received
};

// What was asked and how it was answered.
class KubeStats {
 public:
  void count(KubeCall call);
  // Empty resource or status 0: any.
  std::uint64_t calls(const std::string& verb, const std::string& resource, int status = 0) const;
  std::uint64_t total() const { return total_; }
  // The last 10,000, oldest first.
  const std::deque<KubeCall>& recent() const { return recent_; }
  void clear();
  // {"total": n, "calls": {"list pods 200": n, ...}}
  json to_json() const;

 private:
  struct Key {
    std::string verb;
    std::string resource;
    int status = 0;
    auto operator<=>(const Key&) const = default;
  };
  std::map<Key, std::uint64_t> counts_;
  std::uint64_t total_ = 0;
  std::deque<KubeCall> recent_;
};

} // namespace syncer::sim
