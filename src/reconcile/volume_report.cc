#include "reconcile/volume_report.h"

#include <algorithm>
#include <cmath>

namespace syncer {

namespace {

constexpr std::size_t kMostLabels = 3; // named for one entity

std::string in_seconds(Clock::duration time) {
  const double seconds = std::chrono::duration<double>(time).count();
  return std::to_string(std::max(0L, std::lround(std::ceil(seconds)))) + " s";
}

const InternedString* value_of(const Labels& labels, const InternedString& key) {
  const auto found = std::find_if(labels.begin(), labels.end(),
                                  [&](const auto& label) { return label.first == key; });
  return found == labels.end() ? nullptr : &found->second;
}

std::string quoted(const InternedString& text) { return '"' + text.str() + '"'; }

// Which labels differ, as words.
std::string label_words(const Labels& wanted, const Labels& held) {
  std::vector<std::string> words;
  for (const auto& [key, value] : wanted) {
    const InternedString* const there = value_of(held, key);
    if (there == nullptr) {
      words.push_back("label " + key.str() + " is missing");
    } else if (*there != value) {
      words.push_back("label " + key.str() + " is " + quoted(*there) + ", not " + quoted(value));
    }
  }
  for (const auto& [key, value] : held) {
    if (value_of(wanted, key) == nullptr) words.push_back("label " + key.str() + " is too many");
  }
  std::string text;
  for (std::size_t i = 0; i < std::min(words.size(), kMostLabels); ++i) {
    text += (text.empty() ? "" : ", ") + words[i];
  }
  if (words.size() > kMostLabels) {
    text += " and " + std::to_string(words.size() - kMostLabels) + " more";
  }
  return text.empty() ? "refers to something else" : text;
}

} // namespace

std::string verdict_of(const VolumeReport& report) {
  const Desired& desired = report.desired;
  if (desired.hands_off != HandsOff::kNo && !desired.inline_ended) {
    return std::string("Left alone: ") + sentence_of(desired.hands_off) + ".";
  }
  if (report.failure) return "Not in sync: " + report.failure->detail + ".";
  if (report.queue.queued || report.queue.processing) return "On its way to CNS.";
  if (!report.ledger) return "Not compared yet: CNS was not read since the service started.";
  switch (report.ledger->state) {
    case LedgerEntry::State::kDoubt:
      return "In doubt: the answer to a call about it was lost, so CNS is read before the next "
             "one.";
    case LedgerEntry::State::kAbsent:
      return "Not in sync: CNS does not have the volume.";
    case LedgerEntry::State::kDistrusted:
      return "In doubt: CNS contradicted what was recorded, so it is read before the next call.";
    case LedgerEntry::State::kKnown:
      break;
  }
  if (!report.plan.empty()) return "Not in sync: CNS holds something else.";
  return "In sync: what CNS told last is what Kubernetes says.";
}

std::vector<std::string> held_by(const VolumeReport& report, Clock::time_point now) {
  std::vector<std::string> held;
  if (report.in_conflict) {
    held.emplace_back(
        "another writer uses our cluster id for it: written again after two quiet full syncs or "
        "`vsphere-syncer confirm conflict`");
  } else if (report.failure && report.failure->parked) {
    held.emplace_back(
        "CNS refused it for good: tried again when its objects change, at the next full sync, or "
        "by "
        "`vsphere-syncer resync`");
  }
  if (report.outage_until && *report.outage_until > now) {
    held.push_back("vCenter does not answer: next call in " +
                   in_seconds(*report.outage_until - now));
  }
  if (!report.leads) held.emplace_back("this process may not write: it does not hold the Lease");
  if (report.desired.hands_off != HandsOff::kNo) return held;
  const Desired& desired = report.desired;
  if (desired.keep_volumes || desired.keep_claims || desired.keep_pods) {
    held.emplace_back(
        "not everything that is too many in CNS is taken away, because it is not sure that it is "
        "gone from Kubernetes");
  }
  if (report.ledger && report.ledger->state == LedgerEntry::State::kDoubt &&
      report.ledger->read_from > now) {
    held.push_back("a lost call may still arrive: CNS is read in " +
                   in_seconds(report.ledger->read_from - now));
  }
  return held;
}

std::vector<VolumeComparison::Change> changes_of(const std::vector<CnsUpdate>& plan,
                                                 const std::vector<CnsEntity>& held) {
  std::vector<VolumeComparison::Change> changes;
  for (const CnsUpdate& call : plan) {
    for (const EntityRef& ref : call.removals) changes.push_back({'-', ref, ""});
  }
  if (plan.empty()) return changes;
  // The last call carries the complete set.
  for (const CnsEntity& wanted : plan.back().upserts) {
    const auto there = std::find_if(held.begin(), held.end(), [&](const CnsEntity& entity) {
      return entity.ref == wanted.ref;
    });
    if (there == held.end()) {
      changes.push_back({'+', wanted.ref, ""});
    } else if (!(recorded(*there).content == recorded(wanted).content)) {
      changes.push_back({'~', wanted.ref, label_words(wanted.labels, there->labels)});
    }
  }
  return changes;
}

} // namespace syncer
