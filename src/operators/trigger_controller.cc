#include "operators/trigger_controller.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include "kube/kube_time.h"
#include "operators/cr_fields.h"

namespace syncer {

namespace {

constexpr Backoff kTryAgain{std::chrono::seconds(1), std::chrono::minutes(1)};
constexpr std::chrono::seconds kPoll{1};           // of a run, and of what stands in its way
constexpr std::chrono::seconds kProgressEvery{10}; // in the annotation
constexpr const char* kSucceeded = "TriggerCsiFullSyncSucceeded";
constexpr const char* kFailed = "TriggerCsiFullSyncFailed";

} // namespace

TriggerController::TriggerController(Deps deps, Clock::duration interval)
    : deps_(std::move(deps)),
      interval_(interval),
      writer_(deps_.cr, "TriggerCsiFullSync", kFullSyncTriggers),
      next_request_(deps_.cr.clock.now()),
      wake_(deps_.executor, 1) {}

EventTarget TriggerController::about(const std::string& name, const std::string& uid) const {
  EventTarget target;
  target.kind = EventTarget::Kind::kTriggerFullSync;
  target.key.name = name;
  target.uid = Uid::parse(uid);
  return target;
}

Outcome<> TriggerController::put(const ObjectName& name, const nlohmann::json& object) {
  const std::string uid = text_or_empty(json_member(object, "metadata"), "uid");
  if (name.name != kFullSyncTrigger) {
    deps_.events.warning(about(name.name, uid), kFailed,
                         std::string("Only the instance ") + kFullSyncTrigger + " is answered.");
    return Done{};
  }
  uid_ = uid;
  if (settled_ && *settled_ == decode_trigger(object)) return Done{};
  dirty_ = true;
  wake();
  return Done{};
}

void TriggerController::remove(const ObjectName& name) {
  if (name.name != kFullSyncTrigger) return;
  dirty_ = true;
  wake();
}

void TriggerController::listed() {
  listed_ = true;
  wake();
}

asio::awaitable<void> TriggerController::run() {
  using namespace asio::experimental::awaitable_operators;
  Clock& clock = deps_.cr.clock;
  const Leadership& leadership = deps_.cr.leadership;
  for (;;) {
    auto woken = wake_.async_receive(asio::as_tuple(asio::use_awaitable));
    auto due = clock.sleep_until(next_look());
    co_await (std::move(woken) || std::move(due));
    if (!listed_) continue;
    follow_run();
    const bool ready = deps_.runs.ready();
    if (ready) request_if_due();
    if (dirty_ && clock.now() >= not_before_) {
      if (!leadership.may_write(leadership.write_budget())) {
        not_before_ = clock.now() + kPoll;
        continue;
      }
      dirty_ = false;
      const Outcome<> written = co_await write();
      if (written) {
        failures_ = 0;
      } else {
        dirty_ = true;
        not_before_ = clock.now() + kTryAgain.after(++failures_, deps_.cr.random());
        deps_.cr.log.warn("trigger=unwritten error=\"{}\"", written.error().detail);
      }
    }
    if (!dirty_ && ready && book_.due()) begin_run();
    // The first look at the object may have shown that it waits for us.
    if (ready) request_if_due();
  }
}

void TriggerController::request_if_due() {
  if (raise_ || !book_.idle() || deps_.cr.clock.now() < next_request_) return;
  book_.request();
  raise_ = may_join_ = dirty_ = true;
}

Clock::time_point TriggerController::next_look() const {
  const Clock::time_point now = deps_.cr.clock.now();
  if (!listed_) return Clock::time_point::max();
  Clock::time_point next = Clock::time_point::max();
  if (book_.running() || book_.due()) next = now + kPoll;
  // What was due and did not happen waits for the full syncs to be ready.
  if (book_.idle()) next = std::max(next_request_, now + kPoll);
  if (dirty_) next = std::min(next, not_before_);
  return next;
}

void TriggerController::follow_run() {
  if (!book_.running()) return;
  run_.vcenters = deps_.runs.progress();
  if (is_over(run_.vcenters)) {
    end_run(run_.vcenters);
  } else if (deps_.cr.clock.now() < next_progress_) {
    return;
  }
  next_progress_ = deps_.cr.clock.now() + kProgressEvery;
  std::string text = last_run_text(run_);
  if (text == last_run_) return;
  last_run_ = std::move(text);
  dirty_ = true;
}

void TriggerController::begin_run() {
  const std::string now = format_kube_time(deps_.cr.clock.wall_now());
  book_.began(now);
  run_ = {};
  run_.id = book_.run_id();
  run_.started = now;
  next_progress_ = {};
  deps_.cr.log.info("full sync for triggerSyncID {}", run_.id);
  deps_.runs.begin(std::exchange(may_join_, false));
}

void TriggerController::end_run(std::vector<RunAtVCenter> vcenters) {
  run_.ended = format_kube_time(deps_.cr.clock.wall_now());
  book_.ended(run_.ended, error_of(vcenters));
  next_request_ = deps_.cr.clock.now() + interval_;
  dirty_ = true;
  const std::string& error = book_.status().error;
  const EventTarget target = about(kFullSyncTrigger, uid_);
  if (error.empty()) {
    deps_.events.normal(target, kSucceeded,
                        "Full sync succeeded for triggerSyncID: " + std::to_string(run_.id));
  } else {
    deps_.events.warning(target, kFailed, error);
  }
}

asio::awaitable<Outcome<>> TriggerController::write() {
  CrWriter::Change change = [this](nlohmann::json& object) { edit(object); };
  std::string name = kFullSyncTrigger;
  const Outcome<bool> written = co_await writer_.edit(std::move(name), std::move(change));
  if (written) {
    raise_ = false;
    co_return Done{};
  }
  if (written.error().kind != ErrorKind::kNotFound) co_return written.error();
  co_return co_await create();
}

// Called again with the object as it is then, when somebody else wrote it meanwhile.
void TriggerController::edit(nlohmann::json& object) {
  TriggerObject wanted = decode_trigger(object);
  const TriggerBook::Verdict verdict = book_.look(wanted);
  if (verdict == TriggerBook::Verdict::kAccepted) may_join_ = false;
  if (verdict == TriggerBook::Verdict::kInvalid) refuse(wanted.id);
  if (raise_) {
    // Somebody asks for the same id: that is no request of ours alone.
    if (wanted.id == book_.status().last_id) may_join_ = false;
    wanted.id = book_.status().last_id;
  }
  wanted.status = book_.status();
  if (!last_run_.empty()) wanted.last_run = last_run_;
  set_trigger(object, wanted);
  settled_ = wanted;
}

asio::awaitable<Outcome<>> TriggerController::create() {
  book_.forget();
  settled_.reset();
  raise_ = false;
  std::string name = kFullSyncTrigger;
  std::string body = new_trigger();
  const Outcome<CrWriter::Created> created =
      co_await writer_.create(std::move(name), std::move(body));
  if (!created) co_return created.error();
  dirty_ = true;
  wake();
  co_return Done{};
}

// Our own request takes the place of a wrong one; then it is no trouble any more.
void TriggerController::refuse(std::int64_t id) {
  const std::pair<std::int64_t, std::int64_t> now{id, book_.status().last_id};
  if (raise_ || refused_ == now) return;
  refused_ = now;
  deps_.events.warning(about(kFullSyncTrigger, uid_), kFailed,
                       "TriggerSyncID: " + std::to_string(id) +
                           " is invalid. TriggerSyncID should be one greater than "
                           "LastTriggerSyncID.");
}

} // namespace syncer
