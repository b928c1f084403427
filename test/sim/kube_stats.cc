#include "sim/kube_stats.h"

#include <nlohmann/json.hpp>

namespace syncer::sim {

namespace {
constexpr std::size_t kRecent = 10'000;
} // namespace

void KubeStats::count(KubeCall call) {
  ++total_;
  ++counts_[{call.verb, call.resource, call.status}];
  recent_.push_back(std::move(call));
  if (recent_.size() > kRecent) recent_.pop_front();
}

std::uint64_t KubeStats::calls(const std::string& verb, const std::string& resource,
                               int status) const {
  std::uint64_t sum = 0;
  for (const auto& [key, count] : counts_) {
    if (key.verb != verb) continue;
    if (!resource.empty() && key.resource != resource) continue;
    if (status != 0 && key.status != status) continue;
    sum += count;
  }
  return sum;
}

void KubeStats::clear() {
  counts_.clear();
  recent_.clear();
  total_ = 0;
}

json KubeStats::to_json() const {
  json calls = json::object();
  for (const auto& [key, count] : counts_) {
    calls[key.verb + " " + key.resource + " " + std::to_string(key.status)] = count;
  }
  return {{"total", total_}, {"calls", calls}};
}

} // namespace syncer::sim
