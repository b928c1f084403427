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

bool Informers::view_went_back() const { return cache_->has_gone_back(); }

void Informers::confirm_view() { cache_->confirm_view(); }

} // namespace syncer
