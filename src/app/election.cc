#include "app/election.h"

namespace syncer {

namespace {

constexpr std::chrono::seconds kReleaseBudget{2};

LeaseElector::Options options_of(const ElectionSettings& settings) {
  LeaseElector::Options options;
  options.ns = settings.ns;
  options.identity = settings.identity;
  options.timing = {settings.lease_duration, settings.renew_deadline, settings.retry_period};
  return options;
}

} // namespace

Election::Election(LeaseElector::Deps deps, const ElectionSettings& settings)
    : clock_(deps.clock), log_(deps.log) {
  if (settings.on) elector_ = std::make_unique<LeaseElector>(std::move(deps), options_of(settings));
}

const Leadership& Election::leadership() const {
  if (elector_) return *elector_;
  return always_;
}

std::optional<bool> Election::leads() const {
  if (!elector_) return std::nullopt;
  return elector_->leads();
}

Clock::duration Election::left() const {
  return elector_ ? elector_->left() : Clock::duration::zero();
}

std::string Election::not_live_because() const {
  const bool overdue = elector_ && elector_->overdue();
  return overdue ? "the Lease is neither renewed nor given up" : "";
}

asio::awaitable<void> Election::take_part(std::function<void()> begin, std::function<void()> lost) {
  if (!elector_) {
    begin();
    co_return;
  }
  co_await elector_->campaign();
  if (!elector_->leads()) co_return;
  log_.info("leading: term {}", elector_->term());
  led_since_ = clock_.now();
  begin();
  co_await elector_->hold();
  if (elector_->lost_because().empty()) co_return;
  log_.warn("the Lease is lost: {}; nothing is written any more", elector_->lost_because());
  led_since_.reset();
  lost();
}

asio::awaitable<void> Election::resign() {
  if (!elector_) co_return;
  const Clock::time_point deadline = clock_.now() + kReleaseBudget;
  co_await elector_->resign(deadline);
}

} // namespace syncer
