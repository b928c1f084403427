#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cns/signal.h"
#include "core/clock.h"
#include "core/outcome.h"
#include "core/secret.h"

namespace syncer {

struct Credentials {
  std::string user;
  Secret password;
  bool operator==(const Credentials&) const = default;
};

// The credential of one vCenter, and whether it may be tried: vCenter locks accounts after a few
// failures, whichever of its services counted them. A refused one rests until it is due again or
// another takes its place, which may be tried at once. One login runs at a time. No I/O.
class CredentialLatch {
 public:
  using WallTime = std::chrono::system_clock::time_point;
  static constexpr std::chrono::minutes kProbeInterval{5};

  struct Refusal {
    WallTime at;             // the latest
    std::uint32_t count = 0; // since it was accepted last
  };

  CredentialLatch(const asio::any_io_executor& executor, const Clock& clock,
                  Clock::duration probe_interval = kProbeInterval)
      : clock_(clock), probe_interval_(probe_interval), changed_(executor) {}

  // True if they differ from the present ones.
  bool offer(Credentials credentials);
  // Those that a login must use.
  const Credentials& current() const { return current_; }
  // Of the present ones, from before this process. It rests no longer than after a refusal now,
  // whatever the clock was that told the time.
  void restore(const Refusal& refusal);

  bool may_try() const { return clock_.now() >= rests_until_; }
  // Why not.
  Error error() const;

  // Ends of a login. `used` are the credentials it was made with: what became of others than
  // today's says nothing about today's.
  void accepted(const Credentials& used);
  void refused(const Credentials& used);

  // That of the present ones, until they are accepted or replaced.
  const std::optional<Refusal>& refusal() const { return refusal_; }
  // When it is worth a login that no call needs. Nothing: what can be known is known.
  std::optional<Clock::time_point> due() const;
  // due() may have changed.
  WakeUp& changed() { return changed_; }
  // refusal() or due() has changed.
  std::function<void()> told;

  // The login that runs now; null: none.
  const std::shared_ptr<OneShot>& under_way() const { return under_way_; }
  // One login, for as long as it lives; it must be the only one.
  class Turn {
   public:
    Turn(CredentialLatch& latch, std::shared_ptr<OneShot> done) : latch_(latch) {
      latch_.under_way_ = std::move(done);
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { std::exchange(latch_.under_way_, nullptr)->fire(); }

   private:
    CredentialLatch& latch_;
  };

 private:
  void tell();

  const Clock& clock_;
  Clock::duration probe_interval_;
  WakeUp changed_;
  Credentials current_;
  bool untried_ = false; // replaced others and was neither accepted nor refused
  std::optional<Refusal> refusal_;
  Clock::time_point rests_until_{};
  std::shared_ptr<OneShot> under_way_; // shared with those who wait for it
};

} // namespace syncer
