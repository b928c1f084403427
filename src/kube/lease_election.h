#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/random.h"
#include "kube/lease.h"

namespace syncer {

// As the flags of the same names; lease > renew_deadline > 1.2 * retry_period.
struct ElectionTiming {
  Clock::duration lease = std::chrono::seconds(15);
  Clock::duration renew_deadline = std::chrono::seconds(10);
  Clock::duration retry_period = std::chrono::seconds(5);
};

// What to do about the Lease now.
struct LeaseStep {
  enum class Kind { kWait, kRead, kCreate, kReplace };
  Kind kind = Kind::kWait;
  Clock::time_point until; // of kWait
  Lease lease;             // of kCreate and kReplace
};

// When a request was begun, on both clocks.
struct LeaseSent {
  Clock::time_point at;
  Clock::Moment moment;
};

// Who leads, decided from what the Lease was seen to be. No I/O. Others of the same kind
// (client-go's leader election) and we exclude each other: a holder keeps the Lease until its
// record did not change for the record's own duration, by our clock alone; every write names the
// version it replaces.
//
// Stricter than those: our own time counts from before the renewal was sent.
class LeaseElection {
 public:
  // What a leader keeps away from the end of its Lease.
  static constexpr std::chrono::seconds kMargin{1};

  LeaseElection(std::string identity, ElectionTiming timing, Random random);

  LeaseStep next(Clock::time_point now, std::chrono::system_clock::time_point wall);
  // Results of kRead.
  void read(Clock::time_point now, Lease found);
  void absent(Clock::time_point now);
  // Of kCreate and kReplace: what the server stored.
  void written(const LeaseSent& sent, Lease stored);
  // Of any of them.
  void failed(Clock::time_point now);
  // Told by a watch, at any time. A leader does not listen.
  void seen(Clock::time_point now, Lease found);
  void deleted(Clock::time_point now);

  // Gives it up for good. From now on nothing is won.
  void resign();
  // What to write after it, if `found` is ours.
  std::optional<Lease> freed(const Lease& found, std::chrono::system_clock::time_point wall) const;

  bool leads() const { return leads_; }
  // True if what starts now and takes `budget` is over before anybody else may lead.
  bool covers(const Clock::Moment& now, Clock::duration budget) const;
  // Counts the times that it was won.
  std::uint64_t term() const { return term_; }
  // When a leader that cannot renew gives up.
  Clock::time_point gives_up_at() const { return gives_up_at_; }
  // A leader renews now instead of later.
  void renew_now(Clock::time_point now) {
    if (leads_) due_ = std::min(due_, now);
  }
  // The Lease as last seen.
  const Lease& record() const { return record_; }
  // As last seen; empty: nobody.
  const std::string& holder() const { return record_.holder; }
  // Why it was lost, in words.
  const std::string& lost_because() const { return lost_because_; }

 private:
  enum class Known { kNothing, kAbsent, kPresent };

  void lose(std::string why);
  void observe(Clock::time_point now, Lease found);
  bool held_by_other(Clock::time_point now) const;
  // The next look, at the end of the holder's time at the latest.
  void look_later(Clock::time_point now);
  Lease wanted(std::chrono::system_clock::time_point wall) const;

  std::string identity_;
  ElectionTiming timing_;
  Random random_;
  Known known_ = Known::kNothing;
  Lease record_;                  // as last seen, also when it is gone since
  Clock::time_point observed_at_; // when it was first seen like that
  Clock::time_point due_;         // of the next attempt
  bool leads_ = false;
  bool resigned_ = false;
  bool second_try_ = false; // of a renewal that failed: by reading
  std::uint64_t term_ = 0;
  Clock::Moment renewed_; // before the last successful write was sent
  Clock::time_point gives_up_at_;
  std::string lost_because_;
};

} // namespace syncer
