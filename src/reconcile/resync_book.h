#pragma once

#include <deque>
#include <unordered_map>

#include "core/kube_objects.h"

namespace syncer {

// Looks at single volumes that a human asked for, and how they ended. Remembers the newest kMost.
class ResyncBook {
 public:
  static constexpr std::size_t kMost = 1'000;
  enum class State : std::uint8_t {
    kAsked,   // nothing was done yet
    kRunning, // begun after it was asked for
    kInSync,  // or there is nothing to do about the volume
    kFailed,
  };
  struct Look {
    std::uint64_t number = 0; // grows with every time it is asked for
    State state = State::kAsked;
    bool written = false; // CNS acknowledged a write meanwhile
  };

  // The number of the look.
  std::uint64_t ask(const VolumeId& id);
  // Work on the volume begins. True if it was asked for and not begun yet.
  bool begin(const VolumeId& id);
  void written(const VolumeId& id);
  // Work on the volume ended; means nothing unless a look was begun.
  void ended(const VolumeId& id, bool in_sync);

  // Null: nobody asked, or it was long ago.
  const Look* find(const VolumeId& id) const;

 private:
  std::uint64_t newest_ = 0;
  std::unordered_map<VolumeId, Look> looks_;
  std::deque<VolumeId> order_;
};
const char* to_string(ResyncBook::State state);

} // namespace syncer
