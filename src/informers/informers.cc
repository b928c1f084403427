#include "informers/informers.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "informers/cluster_cache.h"
#include "informers/quorum_reader.h"
#include "informers/reflector.h"

namespace syncer {

Informers::Informers(Deps deps, ViewCallbacks callbacks)
    : deps_(std::move(deps)),
      cache_(std::make_unique<ClusterCache>(deps_.clock, deps_.observer, std::move(callbacks))),
      quorum_reader_(std::make_unique<QuorumReader>(deps_.client, deps_.clock)) {
  for (const Resource resource : kResources) {
    reflectors_.push_back(std::make_unique<Reflector>(
        Reflector::Deps{deps_.executor, deps_.client, deps_.clock, deps_.observer, deps_.log,
                        *cache_, deps_.random, deps_.events},
        resource));
  }
}

Informers::~Informers() = default;

asio::awaitable<void> Informers::run() {
  using namespace asio::experimental::awaitable_operators;
  Reflector& volumes = *reflectors_[0];
  Reflector& claims = *reflectors_[1];
  Reflector& pods = *reflectors_[2];
  co_await (volumes.run() && claims.run() && pods.run());
}

const ClusterView& Informers::view() const { return *cache_; }

bool Informers::inline_removal_observed(const InternedString& path) const {
  return cache_->inline_removal_observed(path);
}

NamedVolumes Informers::named(std::string_view name) const { return cache_->named(name); }

QuorumReads& Informers::quorum_reads() { return *quorum_reader_; }

std::vector<Informers::ResourceStatus> Informers::status() const {
  std::vector<ResourceStatus> rows;
  for (const auto& reflector : reflectors_) {
    ResourceStatus row;
    row.resource = reflector->resource();
    row.synced = cache_->synced(row.resource);
    row.objects = cache_->objects(row.resource);
    if (const auto last = reflector->last_event()) row.silence = deps_.clock.now() - *last;
    rows.push_back(row);
  }
  return rows;
}

std::optional<Trouble> Informers::trouble() const {
  std::optional<Trouble> longest;
  for (const auto& reflector : reflectors_) {
    const std::optional<Trouble> one = reflector->trouble();
    if (one && (!longest || one->since < longest->since)) longest = one;
  }
  return longest;
}

std::string Informers::undecodable() const {
  std::string text;
  for (const auto& reflector : reflectors_) {
    const BrokenObjects& broken = cache_->broken(reflector->resource());
    if (broken.empty()) continue;
    ObjectKey first;
    broken.for_each([&](const ObjectKey& key) {
      const bool earlier = std::make_pair(key.ns.view(), key.name.view()) <
                           std::make_pair(first.ns.view(), first.name.view());
      if (first.name.empty() || earlier) first = key;
    });
    if (!text.empty()) text += "; ";
    text += std::to_string(broken.size()) + " of " + name_of(reflector->resource()) +
            " cannot be read, the first is " + (first.ns.empty() ? "" : first.ns.str() + "/") +
            first.name.str();
  }
  return text;
}

bool Informers::view_went_back() const { return cache_->has_gone_back(); }

void Informers::confirm_view() { cache_->confirm_view(); }

} // namespace syncer
