#pragma once

#include "core/leadership.h"

namespace syncer {

// Leadership that a test gives and takes; counts how often it was asked for.
class FakeLeadership final : public Leadership {
 public:
  bool may_write(Clock::duration) const override {
    ++asked;
    return held;
  }
  Clock::duration write_budget() const override { return std::chrono::seconds(10); }
  std::uint64_t term() const override { return 1; }

  bool held = true;
  mutable std::size_t asked = 0;
};

} // namespace syncer
