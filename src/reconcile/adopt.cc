#include "reconcile/adopt.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "reconcile/desired.h"

namespace syncer {

namespace {

constexpr std::size_t kNamedAtMost = 5; // volumes in a message
constexpr std::chrono::seconds kWaitStep{10};

using State = AdoptRow::State;

std::vector<CnsEntity> sorted(std::vector<CnsEntity> entities) {
  std::sort(entities.begin(), entities.end(), [](const CnsEntity& a, const CnsEntity& b) {
    return std::tie(a.ref.kind, a.ref.ns, a.ref.name) < std::tie(b.ref.kind, b.ref.ns, b.ref.name);
  });
  return entities;
}

std::string first_pv(const VolumeFacts& facts) {
  std::string name;
  for (const BoundVolume& volume : facts.volumes) {
    if (name.empty() || volume.pv.name.view() < name) name = volume.pv.name.str();
  }
  return name;
}

} // namespace

const char* to_string(AdoptRow::State state) {
  switch (state) {
    case State::kPlanned:
      return "planned";
    case State::kDone:
      return "done";
    case State::kUntouched:
      return "untouched";
    case State::kSkipped:
      return "skipped";
    case State::kFailed:
      return "failed";
  }
  return "";
}

std::vector<CnsUpdate> removal_calls(const VolumeId& id, CnsVolumeType type,
                                     const std::vector<CnsEntity>& entities) {
  std::vector<CnsUpdate> calls;
  std::array<std::size_t, 3> used{}; // calls that have an entity of the kind
  for (const CnsEntity& entity : entities) {
    std::size_t call = 0;
    if (type != CnsVolumeType::kFile) call = used[static_cast<std::size_t>(entity.ref.kind)]++;
    if (call == calls.size()) calls.emplace_back().id = id;
    calls[call].removals.push_back(entity.ref);
  }
  return calls;
}

void Adopt::report(Progress::Phase phase, std::size_t done, std::size_t total) const {
  if (report_) report_(Progress{phase, done, total});
}

asio::awaitable<Outcome<AdoptReport>> Adopt::run() {
  if (options_.old_id.empty() || options_.old_id == options_.our_id) {
    co_return Error{ErrorKind::kRejected,
                    "the old cluster id must be another one than ours (" + options_.our_id + ")"};
  }
  if (!deps_.view.synced()) {
    co_return Error{ErrorKind::kTransient, "the PVs of this cluster are not listed yet"};
  }
  const Outcome<Snapshot> first = co_await read_old(Progress::Phase::kReading);
  if (!first) co_return in_context("what " + options_.old_id + " has", first.error());
  old_ = *first;
  const Outcome<Snapshot> ours = co_await read_ours();
  if (!ours) co_return in_context("what " + options_.our_id + " has", ours.error());
  make_rows(*ours);
  if (options_.dry_run) co_return std::move(result_);

  co_await wait();
  if (stopping_) {
    result_.refused = "stopped before anything was written";
    co_return std::move(result_);
  }
  const Outcome<Snapshot> second = co_await read_old(Progress::Phase::kReadingAgain);
  if (!second) co_return in_context("what " + options_.old_id + " has", second.error());
  result_.refused = changes_since(*second);
  if (result_.refused.empty()) {
    co_await write_all();
  }
  co_return std::move(result_);
}

asio::awaitable<Outcome<Adopt::Snapshot>> Adopt::read(CnsApi& cns, std::vector<VolumeId> ids,
                                                      Progress::Phase phase) {
  Snapshot snapshot;
  for (std::size_t from = 0; from < ids.size(); from += options_.page) {
    report(phase, from, ids.size());
    const std::size_t to = std::min(ids.size(), from + options_.page);
    std::vector<VolumeId> page(ids.begin() + static_cast<std::ptrdiff_t>(from),
                               ids.begin() + static_cast<std::ptrdiff_t>(to));
    Outcome<std::vector<CnsVolume>> found = co_await cns.query_volumes(std::move(page));
    if (!found) co_return found.error();
    for (CnsVolume& volume : *found) {
      snapshot[volume.id] = Shown{volume.type, sorted(std::move(volume.entities))};
    }
  }
  co_return std::move(snapshot);
}

asio::awaitable<Outcome<Adopt::Snapshot>> Adopt::read_old(Progress::Phase phase) {
  Outcome<std::vector<VolumeId>> ids = co_await deps_.old_cns.query_ids();
  if (!ids) co_return ids.error();
  co_return co_await read(deps_.old_cns, *ids, phase);
}

asio::awaitable<Outcome<Adopt::Snapshot>> Adopt::read_ours() {
  std::vector<VolumeId> ids;
  for (const auto& [id, shown] : old_) {
    if (!deps_.view.facts(id).volumes.empty()) ids.push_back(id);
  }
  co_return co_await read(deps_.cns, ids, Progress::Phase::kReading);
}

asio::awaitable<void> Adopt::wait() {
  const Clock::time_point begun = deps_.clock.now();
  const auto seconds = [](Clock::duration span) {
    return static_cast<std::size_t>(std::chrono::duration_cast<std::chrono::seconds>(span).count());
  };
  while (!stopping_ && deps_.clock.now() < begun + options_.wait) {
    const Clock::time_point now = deps_.clock.now();
    report(Progress::Phase::kWaiting, seconds(now - begun), seconds(options_.wait));
    co_await deps_.clock.sleep_until(std::min(now + kWaitStep, begun + options_.wait));
  }
}

std::vector<CnsUpdate> Adopt::plan_ours(AdoptRow& row, const Shown& ours) const {
  const VolumeFacts facts = deps_.view.facts(row.id);
  row.pv = first_pv(facts);
  row.add.clear();
  if (facts.volumes.empty()) {
    row.state = State::kUntouched;
    row.detail = "no PV here has this handle";
    return {};
  }
  const Desired desired = desired_state(facts, deps_.clock.now(), ours.type);
  if (desired.hands_off != HandsOff::kNo) {
    row.state = State::kSkipped;
    row.detail = std::string("hands off: ") + to_string(desired.hands_off);
    return {};
  }
  std::vector<CnsUpdate> plan = plan_update(row.id, desired, recorded(ours.entities));
  for (const CnsUpdate& call : plan) {
    for (const CnsEntity& entity : call.upserts) {
      const auto same = [&](const CnsEntity& known) { return known == entity; };
      const bool there = std::any_of(ours.entities.begin(), ours.entities.end(), same);
      const bool listed = std::find(row.add.begin(), row.add.end(), entity.ref) != row.add.end();
      if (!there && !listed) row.add.push_back(entity.ref);
    }
  }
  return plan;
}

void Adopt::make_rows(const Snapshot& ours) {
  for (const auto& [id, old] : old_) {
    AdoptRow& row = result_.rows.emplace_back();
    row.id = id;
    const auto known = ours.find(id);
    static_cast<void>(plan_ours(row, known == ours.end() ? Shown{old.type, {}} : known->second));
    if (row.state != State::kPlanned) continue;
    for (const CnsEntity& entity : old.entities) row.remove.push_back(entity.ref);
  }
  std::sort(result_.rows.begin(), result_.rows.end(),
            [](const AdoptRow& a, const AdoptRow& b) { return a.id < b.id; });
}

// Empty: nobody wrote under OLD between the two reads.
std::string Adopt::changes_since(const Snapshot& second) const {
  std::vector<std::string> changed;
  for (const auto& [id, shown] : old_) {
    const auto now = second.find(id);
    if (now == second.end() || !(now->second == shown)) changed.push_back(id.str());
  }
  for (const auto& [id, shown] : second) {
    if (!old_.contains(id)) changed.push_back(id.str());
  }
  if (changed.empty()) return "";
  std::sort(changed.begin(), changed.end());
  std::string text = "somebody still writes under " + options_.old_id + ": " +
                     std::to_string(changed.size()) + " volume(s) changed between two reads:";
  for (std::size_t i = 0; i < std::min(changed.size(), kNamedAtMost); ++i) text += " " + changed[i];
  return text;
}

} // namespace syncer
