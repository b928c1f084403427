#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "core/clock.h"

namespace syncer {

// What the vCenters have said so far about one volume: does each of them have it? vCenters are
// numbers of the caller's. Time is passed in.
class Inquiry {
 public:
  enum class Answer : std::uint8_t { kOutstanding, kHas, kHasNot, kSilent };
  enum class End : std::uint8_t {
    kOpen,       // wait: for answers, or until look_at()
    kFound,      // exactly one has it, as far as is known
    kSeveral,    // more than one has it
    kNowhere,    // every one answered and none has it
    kIncomplete, // none has it so far and not every one answered: nothing follows from that
  };
  struct Patience {
    Clock::duration answer{std::chrono::seconds(30)}; // one that takes longer counts as silent
    // After a first hit, for the others to object.
    Clock::duration objection{std::chrono::seconds(1)};
  };

  Inquiry(const std::vector<std::size_t>& vcenters, Clock::time_point begun, Patience patience);

  void answer(std::size_t vcenter, Answer answer, Clock::time_point now);
  // A hit is final once everybody has answered or had the time to; `known_silent` vCenters are not
  // waited for.
  End end(Clock::time_point now, const std::function<bool(std::size_t)>& known_silent) const;
  // kOpen: when to ask `end` again if no answer comes.
  Clock::time_point look_at() const;

  std::vector<std::size_t> with(Answer answer) const;

 private:
  std::vector<std::pair<std::size_t, Answer>> answers_;
  Clock::time_point begun_;
  Patience patience_;
  std::optional<Clock::time_point> first_hit_;
};

} // namespace syncer
