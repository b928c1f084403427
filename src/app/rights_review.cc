#include "app/rights_review.h"

#include <spdlog/logger.h>

namespace syncer {

namespace {

constexpr std::chrono::seconds kBudget{10};    // of one request
constexpr std::chrono::seconds kAgainSoon{20}; // somebody may be mending the role
constexpr std::chrono::hours kAgain{1};
constexpr std::chrono::milliseconds kLook{100};

} // namespace

asio::awaitable<void> RightsReview::run() {
  asking_ = true;
  for (;;) {
    const bool known = co_await review();
    asking_ = false;
    const Clock::duration pause = known && missing_.empty() ? Clock::duration(kAgain) : kAgainSoon;
    co_await deps_.clock.sleep_until(deps_.clock.now() + pause);
  }
}

asio::awaitable<void> RightsReview::granted(Duty duty) {
  while (asking_ || missing_.contains(duty)) {
    co_await deps_.clock.sleep_until(deps_.clock.now() + kLook);
  }
}

std::string RightsReview::obstacle() const {
  Missing vital;
  for (const Duty duty : {Duty::kMetadata, Duty::kElection}) {
    if (const auto found = missing_.find(duty); found != missing_.end()) vital.insert(*found);
  }
  return missing_text(vital);
}

// False: the API server did not tell.
asio::awaitable<bool> RightsReview::review() {
  Missing missing;
  const std::vector<NeededRight> needed = needed_rights(deps_.input());
  for (const NeededRight& one : needed) {
    AccessRight right = one.right;
    const auto deadline = deps_.clock.now() + kBudget;
    const auto allowed = co_await review_access(deps_.client, std::move(right), deadline);
    if (!allowed) {
      deps_.log.info("{}; what we may is not known", allowed.failure.error.detail);
      co_return false;
    }
    if (!*allowed.value) missing[one.duty].push_back(one.right);
  }
  conclude(std::move(missing));
  co_return true;
}

void RightsReview::conclude(Missing missing) {
  missing_ = std::move(missing);
  if (missing_.empty()) {
    deps_.conditions.clear(Condition::kRightsMissing, "");
  } else {
    deps_.conditions.raise(Condition::kRightsMissing, "", missing_text(missing_));
  }
}

asio::awaitable<void> when_granted(RightsReview& rights, Duty duty, asio::awaitable<void> work) {
  co_await rights.granted(duty);
  co_await std::move(work);
}

} // namespace syncer
