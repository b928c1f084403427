#include "reconcile/in_tree_create.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "reconcile/desired.h"

namespace syncer {

namespace {

bool is_finished(const Pod& pod) {
  return pod.phase == PodPhase::kSucceeded || pod.phase == PodPhase::kFailed;
}

} // namespace

bool is_named(const VolumeFacts& facts) {
  return !facts.volumes.empty() || !facts.inline_pods.empty();
}

InTreeStart in_tree_start(const VolumeFacts& facts, Clock::time_point now) {
  InTreeStart start;
  const Desired desired = desired_state(facts, now, CnsVolumeType::kBlock);
  start.look_again = desired.look_again;
  if (desired.hands_off != HandsOff::kNo) return start;
  // A finished pod needs its disk no more.
  if (facts.volumes.empty() &&
      std::all_of(facts.inline_pods.begin(), facts.inline_pods.end(), is_finished)) {
    return start;
  }
  start.now = true;
  std::array<bool, 3> taken{};
  for (const CnsEntity& entity : desired.entities) {
    if (std::exchange(taken[static_cast<std::size_t>(entity.ref.kind)], true)) continue;
    start.entities.push_back(entity);
  }
  if (!facts.volumes.empty()) {
    start.policy_name = serving_volume(facts.volumes).pv.policy_name.str();
  }
  return start;
}

std::optional<EventTarget> in_tree_target(const VolumeFacts& facts) {
  if (!facts.volumes.empty()) return about(serving_volume(facts.volumes).pv);
  if (facts.inline_pods.empty()) return std::nullopt;
  const auto by_name = [](const Pod& a, const Pod& b) { return a.key.name < b.key.name; };
  return about(*std::min_element(facts.inline_pods.begin(), facts.inline_pods.end(), by_name));
}

std::uint64_t volumes_mark(const VolumeFacts& facts) {
  std::uint64_t mark = facts.volumes.size();
  for (const BoundVolume& volume : facts.volumes) {
    mark += (volume.pv.uid.high ^ (volume.pv.uid.low * 1099511628211ULL)) | 1;
  }
  return mark;
}

std::string random_uuid(const Random& random) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) text += '-';
    auto digit = static_cast<std::size_t>(random() * 16) & 15;
    if (i == 12) digit = 4;
    if (i == 16) digit = 8 | (digit & 3);
    text += kHex[digit];
  }
  return text;
}

} // namespace syncer
