// vCenters that come and go while the router works.
#include <algorithm>

#include "reconcile/router.h"

namespace syncer {

void Router::leave(Slot& slot) {
  slot.configured = false;
  if (!slot.reader) return;
  slot.reader->close();
  leaving_.push_back(std::move(slot.reader));
}

void Router::enter(Slot& slot, const VCenter& vcenter) {
  slot.touched = vcenter.touched;
  if (slot.configured && slot.cns == vcenter.cns) return;
  leave(slot);
  slot.configured = true;
  slot.silent = false;
  slot.cns = vcenter.cns;
  const auto number = static_cast<std::size_t>(&slot - slots_.data());
  const auto tell_answers = [this, number](const std::vector<VolumeId>& asked,
                                           const RouterReader::Found& found) {
    answered(number, asked, found);
  };
  slot.reader = std::make_unique<RouterReader>(deps_.executor, *vcenter.cns, tell_answers,
                                               [this] { wake(); });
}

bool Router::busy(const CnsApi& cns) const {
  const auto reads = [&](const std::unique_ptr<RouterReader>& reader) {
    return reader && reader->busy() && &reader->cns() == &cns;
  };
  return writes_.contains(&cns) || std::any_of(leaving_.begin(), leaving_.end(), reads) ||
         std::any_of(slots_.begin(), slots_.end(),
                     [&](const Slot& slot) { return reads(slot.reader); });
}

void Router::set_vcenters(const std::vector<VCenter>& vcenters) {
  const std::size_t count_before = order_.size();
  const std::vector<std::string> hosts_before = hosts_;
  std::optional<std::size_t> only_before;
  if (count_before == 1) only_before = order_.front();
  order_.clear();
  hosts_.clear();
  for (const VCenter& vcenter : vcenters) {
    const auto found = std::find_if(slots_.begin(), slots_.end(),
                                    [&](const Slot& slot) { return slot.host == vcenter.host; });
    const auto number = static_cast<std::size_t>(found - slots_.begin());
    if (found == slots_.end()) slots_.emplace_back().host = vcenter.host;
    enter(slots_[number], vcenter);
    order_.push_back(number);
    hosts_.push_back(vcenter.host);
  }
  for (Slot& slot : slots_) {
    const bool stays = std::find(hosts_.begin(), hosts_.end(), slot.host) != hosts_.end();
    if (!stays) leave(slot);
  }
  if (hosts_ == hosts_before) return;
  if (order_.size() == 1) {
    collapse(order_.front());
  } else if (count_before < 2) {
    spread(only_before);
  } else {
    reroute_removed();
  }
  wake();
}

// One is left, and every volume is its own.
void Router::collapse(std::size_t only) {
  std::unordered_map<VolumeId, std::uint8_t> news;
  for (const auto& [id, pending] : pending_) news[id] = std::max<std::uint8_t>(pending.touched, 1);
  for (const auto& [id, settled] : settled_) {
    if (settled.vcenter != only) news[id] = 1;
  }
  while (!pending_.empty()) {
    const VolumeId id = pending_.begin()->first;
    drop(id);
  }
  settled_.clear();
  gone_.clear();
  for (const auto& [id, kinds] : news) tell(only, id, kinds);
}

// There was one, or none: nothing has been decided yet.
void Router::spread(std::optional<std::size_t> before) {
  if (!deps_.view.synced()) return; // all will be asked about once it is
  for (const VolumeId& id : deps_.view.volumes()) {
    consider(id, false);
    const auto found = settled_.find(id);
    if (found == settled_.end() || found->second.vcenter == before) continue;
    tell(found->second.vcenter, id, 1);
  }
}

// Settled volumes whose vCenter stays are not looked at.
void Router::reroute_removed() {
  std::vector<VolumeId> ids;
  for (const auto& [id, settled] : settled_) {
    if (!slots_[settled.vcenter].configured) ids.push_back(id);
  }
  for (const VolumeId& id : ids) settled_.erase(id);
  for (auto& [id, pending] : pending_) {
    // Other vCenters are to be asked than before.
    if (pending.state != Pending::State::kRegistering) pending.state = Pending::State::kNew;
    pending.failures = 0;
    ids.push_back(id);
  }
  for (const VolumeId& id : ids) consider(id, true);
}

} // namespace syncer
