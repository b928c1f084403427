#include "cns/credential_latch.h"

#include <algorithm>
#include <utility>

namespace syncer {

bool CredentialLatch::offer(Credentials credentials) {
  if (credentials == current_) return false;
  untried_ = !current_.user.empty();
  current_ = std::move(credentials);
  refusal_.reset();
  rests_until_ = {};
  tell();
  return true;
}

void CredentialLatch::restore(const Refusal& refusal) {
  refusal_ = refusal;
  const auto rest = refusal.at + probe_interval_ - clock_.wall_now();
  rests_until_ =
      clock_.now() + std::clamp<Clock::duration>(rest, Clock::duration::zero(), probe_interval_);
  tell();
}

Error CredentialLatch::error() const {
  Error error;
  error.kind = ErrorKind::kUnauthenticated;
  error.unsent = true;
  error.detail = "vCenter refused user name or password; the same ones are tried again in ";
  const auto rest = std::chrono::ceil<std::chrono::seconds>(
      std::max<Clock::duration>(rests_until_ - clock_.now(), {}));
  error.detail += std::to_string(rest.count()) + " s";
  return error;
}

void CredentialLatch::accepted(const Credentials& used) {
  if (used != current_) return;
  rests_until_ = {};
  const bool was_untried = std::exchange(untried_, false);
  const bool was_refused = std::exchange(refusal_, std::nullopt).has_value();
  if (was_untried || was_refused) tell();
}

void CredentialLatch::refused(const Credentials& used) {
  if (used != current_) return;
  untried_ = false;
  const std::uint32_t before = refusal_ ? refusal_->count : 0;
  refusal_ = Refusal{clock_.wall_now(), before + 1};
  rests_until_ = clock_.now() + probe_interval_;
  tell();
}

std::optional<Clock::time_point> CredentialLatch::due() const {
  if (!untried_ && !refusal_) return std::nullopt;
  return rests_until_;
}

void CredentialLatch::tell() {
  changed_.notify();
  if (told) told();
}

} // namespace syncer
