#include "app/condition_teller.h"

#include <spdlog/logger.h>

#include "kube/pod_uid.h"

namespace syncer {

namespace {
constexpr std::chrono::seconds kBudget{10};
constexpr std::chrono::seconds kAgain{10};
} // namespace

void ConditionTeller::told(const Conditions::Key& key, bool stands, const std::string& detail) {
  const std::string where = key.second.empty() ? "" : " vc=" + key.second;
  if (stands) {
    log_.warn("condition {}{}: {}", to_string(key.first), where, detail);
  } else {
    log_.info("condition {}{} is over", to_string(key.first), where);
  }
  const Told told{key, stands, detail};
  if (events_ != nullptr) {
    send(told);
    return;
  }
  kept_.push_back(told);
  if (kept_.size() > kMostKept) kept_.pop_front();
}

asio::awaitable<void> ConditionTeller::begin(KubeClient& client, Clock& clock, EventSink& events) {
  while (events_ == nullptr) {
    const auto deadline = clock.now() + kBudget;
    const auto found = co_await read_pod_uid(client, pod_, deadline);
    if (found) {
      uid_ = *found.value;
      events_ = &events;
    } else {
      co_await clock.sleep_until(clock.now() + kAgain);
    }
  }
  for (const Told& told : kept_) send(told);
  kept_.clear();
}

void ConditionTeller::send(const Told& told) {
  const EventTarget about{EventTarget::Kind::kPod, pod_, uid_};
  const std::string name = to_string(told.key.first);
  const std::string of = told.key.second.empty() ? "" : "vCenter " + told.key.second + ": ";
  if (told.stands) {
    events_->warning(about, name, of + told.detail);
  } else {
    events_->normal(about, name + "Over", of + "is over");
  }
}

} // namespace syncer
