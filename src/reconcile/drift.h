#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/clock.h"
#include "core/drift_class.h"
#include "core/kube_objects.h"

namespace syncer {

// One disagreement, as one full sync found it.
struct Drift {
  DriftClass type = DriftClass::kCnsWithoutPv;
  VolumeId volume;             // empty: an in-tree path that has no CNS volume
  InternedString in_tree_path; // empty: it is not an in-tree volume
  std::string name;            // of the CNS volume, as far as it matters
  std::vector<std::string> pvs;
  std::string claim;    // NAMESPACE/NAME that a PV names; empty: none
  bool is_file = false; // of kPvWithoutCns: a file share
  // Complete full syncs that must have found it before it is told.
  unsigned cycles = 2;
  std::string detail; // for people
};

struct DriftRow {
  Drift drift;
  Clock::time_point since; // when the first of the full syncs that found it in a row began
};

// What is told, and which full sync said so.
struct DriftReport {
  // Rows per class that are kept; more are only counted.
  static constexpr std::size_t kMostRowsPerClass = 2'000;

  std::optional<Clock::time_point> ended; // of the complete full sync it comes from; none yet
  DriftCounts counts{};
  std::vector<DriftRow> rows; // by class, then the oldest, then by volume
};

// Which disagreements have lasted long enough to be told: through as many complete full syncs as
// the class needs, and for the minimum age between the first and the last of them. What a full sync
// does not find any more is forgotten, so that nothing is kept that is not there.
class DriftBook {
 public:
  explicit DriftBook(Clock::duration min_age) : min_age_(min_age) {}

  // A complete full sync, from its beginning to its end, found these.
  void cycle(std::vector<Drift> found, Clock::time_point began, Clock::time_point ended);
  // Never null, and never changed again: an answer that takes its time keeps the one it began with.
  std::shared_ptr<const DriftReport> report() const { return report_; }

 private:
  struct Key {
    DriftClass type;
    InternedString volume; // id, or the in-tree path where there is none
    std::string pv;        // where each PV of a volume counts by itself
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return key.volume.hash() * 31 + std::hash<std::string>()(key.pv) * 7 + index_of(key.type);
    }
  };
  struct Seen {
    Clock::time_point since;
    unsigned cycles = 0;
  };
  static Key key_of(const Drift& drift);

  Clock::duration min_age_;
  std::unordered_map<Key, Seen, KeyHash> seen_;
  // Shared with the answers that are being written.
  std::shared_ptr<const DriftReport> report_ = std::make_shared<const DriftReport>();
};

} // namespace syncer
