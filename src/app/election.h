#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/election_settings.h"
#include "kube/lease_elector.h"

namespace syncer {

// Whether this process may work, and when: at once without --leader-election, else by the Lease.
class Election {
 public:
  Election(LeaseElector::Deps deps, const ElectionSettings& settings);

  const Leadership& leadership() const;
  // Nothing without an election.
  std::optional<bool> leads() const;
  // How long we go on leading without another renewal; zero on standby and without an election.
  Clock::duration left() const;
  bool stands_by() const { return elector_ && !elector_->leads(); }
  // Who leads, as far as we know; empty without an election.
  std::string holder() const { return elector_ ? elector_->holder() : ""; }
  std::string lost_because() const { return elector_ ? elector_->lost_because() : ""; }
  // An annotation of the Lease; see LeaseElector. Without an election there is none.
  std::string annotation(const std::string& name) const {
    return elector_ ? elector_->annotation(name) : "";
  }
  void annotate(const std::string& name, std::string text) {
    if (elector_) elector_->annotate(name, std::move(text));
  }
  // Set while this replica stands by and can neither hear of a leader nor become one.
  std::optional<Trouble> trouble() const {
    return stands_by() ? elector_->trouble() : std::nullopt;
  }
  // Empty: all is well.
  std::string not_live_because() const;

  // Since when we have led; nothing without an election, and on standby.
  std::optional<Clock::time_point> led_since() const { return led_since_; }

  // Calls `begin` when it is won, and `lost` when it is lost again; neither after `resign`.
  asio::awaitable<void> take_part(std::function<void()> begin, std::function<void()> lost);
  // To be called once, when nothing is written any more. Takes two seconds at most.
  asio::awaitable<void> resign();

 private:
  Clock& clock_;
  spdlog::logger& log_;
  AlwaysLeader always_;
  std::optional<Clock::time_point> led_since_;
  std::unique_ptr<LeaseElector> elector_; // null without an election
};

} // namespace syncer
