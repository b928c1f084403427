#include "operators/backing_disk_mapper.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "kube/event_json.h"
#include "net/url.h"
#include "operators/cr_fields.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr std::size_t kPage = 500;
constexpr std::size_t kMostSilent = 5;
constexpr std::chrono::seconds kReadyPoll{1};

std::uint64_t version_of(const json& claim) {
  const std::string text = text_or_empty(json_member(claim, "metadata"), "resourceVersion");
  std::uint64_t version = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), version);
  return code == std::errc() && end == text.data() + text.size() ? version : 0;
}

} // namespace

std::string backing_disk_pair(const Uid& pv, const std::string& object_id) {
  if (pv.empty() || object_id.empty()) return {};
  return uid_text(pv) + ":" + object_id;
}

void note_backing_disk(json& claim, const std::string& pair) {
  const json* metadata = json_member(claim, "metadata");
  const json* notes = metadata == nullptr ? nullptr : json_member(*metadata, "annotations");
  const bool there = notes != nullptr && json_member(*notes, kBackingDiskNote) != nullptr;
  if (there || !pair.empty()) claim["metadata"]["annotations"][kBackingDiskNote] = pair;
}

BackingDiskMapper::BackingDiskMapper(Deps deps, Clock::duration interval)
    : deps_(std::move(deps)), interval_(interval) {}

asio::awaitable<void> BackingDiskMapper::run() {
  Clock& clock = deps_.cr.clock;
  for (;;) {
    while (!deps_.ready()) {
      co_await clock.sleep_until(clock.now() + kReadyPoll);
    }
    const Clock::time_point next = clock.now() + interval_;
    co_await pass();
    co_await clock.sleep_until(next);
  }
}

asio::awaitable<void> BackingDiskMapper::pass() {
  ++pass_;
  Tally tally;
  const std::vector<VolumeId> all = deps_.volumes();
  for (std::size_t from = 0; from < all.size(); from += kPage) {
    const std::size_t to = std::min(all.size(), from + kPage);
    std::vector<VolumeId> page(all.begin() + static_cast<std::ptrdiff_t>(from),
                               all.begin() + static_cast<std::ptrdiff_t>(to));
    const Outcome<std::vector<BackingDisk>> disks =
        co_await deps_.disks.backing_disks(std::move(page));
    if (!disks) {
      tell(disks.error().detail);
      co_return;
    }
    for (const BackingDisk& disk : *disks) {
      const std::vector<MappedClaim> claims = deps_.claims(disk.id);
      for (const MappedClaim& claim : claims) {
        std::string pair = backing_disk_pair(claim.pv_uid, disk.object_id);
        const bool go_on = co_await annotate(claim, std::move(pair), tally);
        if (!go_on) co_return;
      }
    }
  }
  std::erase_if(known_, [this](const auto& entry) { return entry.second.pass != pass_; });
  if (tally.written > 0) deps_.cr.log.info("backing disks: {} claims annotated", tally.written);
  tell(tally.failed == 0 ? std::string()
                         : std::to_string(tally.failed) +
                               " claims could not be annotated: " + tally.first_problem);
}

// False: there is no use in going on now.
asio::awaitable<bool> BackingDiskMapper::annotate(MappedClaim claim, std::string pair,
                                                  Tally& tally) {
  Known& known = known_[claim.key];
  known.pass = pass_;
  if (claim.version != 0 && known.version == claim.version && known.pair == pair) co_return true;
  known.version = 0;
  CrWriter writer(
      deps_.cr, "PersistentVolumeClaim",
      "/api/v1/namespaces/" + percent_encode(claim.key.ns.view()) + "/persistentvolumeclaims");
  std::uint64_t version = 0;
  CrWriter::Change change = [&claim, &pair, &version](json& object) {
    version = version_of(object);
    // Another one of that name is not the one that the PV serves.
    const Uid uid = Uid::parse(text_or_empty(json_member(object, "metadata"), "uid"));
    if (uid == claim.uid) note_backing_disk(object, pair);
  };
  std::string name = claim.key.name.str();
  const Outcome<bool> written = co_await writer.edit(std::move(name), std::move(change));
  if (written) {
    tally.silent = 0;
    tally.written += *written ? 1 : 0;
    // `known` may have moved meanwhile; the version of what was written is not known.
    known_[claim.key] = {pair, *written ? 0 : version, pass_};
    co_return true;
  }
  const Error& error = written.error();
  if (error.kind == ErrorKind::kNotFound) co_return true;
  if (error.kind == ErrorKind::kCancelled) co_return false; // not the leader
  if (tally.failed++ == 0) {
    tally.first_problem = claim.key.ns.str() + "/" + claim.key.name.str() + ": " + error.detail;
  }
  if (error.kind != ErrorKind::kTransient) {
    tally.silent = 0;
  } else if (++tally.silent >= kMostSilent) {
    tell("the API server does not answer: " + tally.first_problem);
    co_return false;
  }
  co_return true;
}

void BackingDiskMapper::tell(const std::string& problem) {
  if (std::exchange(told_, problem) == problem || problem.empty()) return;
  deps_.cr.log.warn("backing disks: {}", problem);
}

} // namespace syncer
