#pragma once

#include <cstdint>

#include "core/clock.h"

namespace syncer {

// PORT. Asked directly before every write to CNS.
class Leadership {
 public:
  virtual ~Leadership() = default;
  // True if a write that is over after `budget` at the latest may start now.
  virtual bool may_write(Clock::duration budget) const = 0;
  // The longest a single write may take: min(10 s, (lease - retry period) / 2).
  virtual Clock::duration write_budget() const = 0;
  virtual std::uint64_t term() const = 0;
};

// For --leader-election=false: held, term 1, no deadline.
class AlwaysLeader final : public Leadership {
 public:
  bool may_write(Clock::duration) const override { return true; }
  Clock::duration write_budget() const override { return std::chrono::seconds(10); }
  std::uint64_t term() const override { return 1; }
};

// For a dry run: nothing is ever written.
class NeverLeader final : public Leadership {
 public:
  bool may_write(Clock::duration) const override { return false; }
  Clock::duration write_budget() const override { return std::chrono::seconds(10); }
  std::uint64_t term() const override { return 0; }
};

} // namespace syncer
