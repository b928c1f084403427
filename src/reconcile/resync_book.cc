#include "reconcile/resync_book.h"

namespace syncer {

std::uint64_t ResyncBook::ask(const VolumeId& id) {
  const auto [look, fresh] = looks_.try_emplace(id);
  look->second = {++newest_, State::kAsked, false};
  if (fresh) order_.push_back(id);
  if (order_.size() > kMost) {
    looks_.erase(order_.front());
    order_.pop_front();
  }
  return newest_;
}

bool ResyncBook::begin(const VolumeId& id) {
  const auto found = looks_.find(id);
  if (found == looks_.end() || found->second.state != State::kAsked) return false;
  found->second.state = State::kRunning;
  return true;
}

void ResyncBook::written(const VolumeId& id) {
  const auto found = looks_.find(id);
  if (found != looks_.end() && found->second.state == State::kRunning) found->second.written = true;
}

void ResyncBook::ended(const VolumeId& id, bool in_sync) {
  const auto found = looks_.find(id);
  if (found == looks_.end() || found->second.state != State::kRunning) return;
  found->second.state = in_sync ? State::kInSync : State::kFailed;
}

const ResyncBook::Look* ResyncBook::find(const VolumeId& id) const {
  const auto found = looks_.find(id);
  return found == looks_.end() ? nullptr : &found->second;
}

const char* to_string(ResyncBook::State state) {
  switch (state) {
    case ResyncBook::State::kAsked:
      return "asked";
    case ResyncBook::State::kRunning:
      return "running";
    case ResyncBook::State::kInSync:
      return "in_sync";
    case ResyncBook::State::kFailed:
      return "failed";
  }
  return "";
}

} // namespace syncer
