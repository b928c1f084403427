#include "app/credential_book.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "kube/kube_time.h"

namespace syncer {

namespace {

std::string describe(const CredentialLatch::Refusal& refusal) {
  return "vCenter refuses the user name or the password (" + std::to_string(refusal.count) +
         " times, last at " + format_kube_time(refusal.at) +
         "): they rest, for vCenter locks accounts; others in csi-vsphere.conf are tried at once";
}

} // namespace

void CredentialBook::restore(const std::string& text) {
  kept_ = text;
  restored_ = decode_refusals(text);
}

std::shared_ptr<CredentialLatch> CredentialBook::latch(const std::string& host,
                                                       Credentials credentials) {
  const auto [place, fresh] = entries_.try_emplace(host);
  Entry& entry = place->second;
  if (fresh) {
    entry.latch = std::make_shared<CredentialLatch>(deps_.executor, deps_.clock, probe_interval_);
  }
  entry.latch->offer(std::move(credentials));
  const auto before = restored_.extract(host);
  if (before && fits(before.mapped().tag, entry.latch->current())) {
    deps_.log.info("vcenter={} credentials=refused before we began: they are not tried yet", host);
    entry.tagged = entry.latch->current();
    entry.tag = before.mapped().tag;
    entry.latch->restore(before.mapped().refusal);
  }
  if (fresh) entry.latch->told = [this, host] { told(host); };
  show(host); // whoever made this world anew has cleared the conditions of the one before
  return entry.latch;
}

void CredentialBook::keep_only(const VSphereConfig& config) {
  std::erase_if(entries_, [&](const auto& entry) {
    const bool configured =
        std::any_of(config.vcenters.begin(), config.vcenters.end(),
                    [&](const VCenterConfig& vcenter) { return vcenter.host == entry.first; });
    // Its world may live on for a while, but has nothing to tell any more.
    if (!configured) entry.second.latch->told = nullptr;
    return !configured;
  });
  restored_.clear();
  save();
}

void CredentialBook::told(const std::string& host) {
  show(host);
  save();
  if (!entries_.at(host).latch->due() && accepted) accepted(host);
}

void CredentialBook::show(const std::string& host) {
  if (const auto& refusal = entries_.at(host).latch->refusal()) {
    deps_.conditions.raise(Condition::kCredentialsRejected, host, describe(*refusal));
  } else {
    deps_.conditions.clear(Condition::kCredentialsRejected, host);
  }
}

void CredentialBook::save() {
  if (!deps_.keep) return;
  KeptRefusals now = restored_;
  for (auto& [host, entry] : entries_) {
    const auto& refusal = entry.latch->refusal();
    if (!refusal) continue;
    if (const Credentials& refused = entry.latch->current(); entry.tagged != refused) {
      entry.tagged = refused;
      entry.tag = make_tag(refused, deps_.random);
    }
    now.insert_or_assign(host, KeptRefusal{*refusal, entry.tag});
  }
  std::string text = encode_refusals(now);
  if (text == kept_) return;
  kept_ = text;
  deps_.keep(std::move(text));
}

} // namespace syncer
