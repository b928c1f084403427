#include "operators/trigger_book.h"

#include <limits>

namespace syncer {

namespace {

std::int64_t after(std::int64_t id) {
  const bool last = id < 0 || id == std::numeric_limits<std::int64_t>::max();
  return last ? 1 : id + 1;
}

} // namespace

void TriggerBook::accept(std::int64_t id) {
  status_.last_id = id;
  status_.in_progress = true;
  wanted_ = true;
}

TriggerBook::Verdict TriggerBook::look(const TriggerObject& object) {
  if (!known_) {
    known_ = true;
    status_ = object.status;
    wanted_ = status_.in_progress && !running_;
    status_.in_progress = wanted_ || running_;
  }
  if (object.id == 0 || object.id == status_.last_id) return Verdict::kNothing;
  if (object.id != after(status_.last_id)) return Verdict::kInvalid;
  accept(object.id);
  return Verdict::kAccepted;
}

void TriggerBook::forget() {
  known_ = false;
  wanted_ = false;
  status_ = {};
}

std::int64_t TriggerBook::request() {
  accept(after(status_.last_id));
  return status_.last_id;
}

void TriggerBook::began(const std::string& when) {
  wanted_ = false;
  running_ = true;
  run_id_ = status_.last_id;
  run_start_ = when;
}

void TriggerBook::ended(const std::string& when, const std::string& error) {
  running_ = false;
  status_.in_progress = wanted_;
  status_.run_start = run_start_;
  status_.run_end = when;
  status_.error.clear();
  if (error.empty()) {
    status_.succeeded_start = run_start_;
    status_.succeeded_end = when;
  } else {
    status_.error =
        "Full sync failed for triggerSyncID: " + std::to_string(run_id_) + " with error: " + error;
  }
}

} // namespace syncer
