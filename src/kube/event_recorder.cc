#include "kube/event_recorder.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>

#include "core/backoff.h"
#include "kube/event_json.h"
#include "net/url.h"

namespace syncer {

namespace {

constexpr std::chrono::minutes kFoldFor{10};
constexpr double kBurst = 25;
constexpr std::chrono::seconds kRefill{5}; // one token
constexpr std::chrono::seconds kSendBudget{10};
constexpr Backoff kTryAgain{std::chrono::seconds(1), std::chrono::seconds(20)};
constexpr std::uint32_t kAttempts = 5;
constexpr std::chrono::hours kLogAgain{1};

} // namespace

EventRecorder::EventRecorder(Deps deps)
    : deps_(std::move(deps)),
      entries_(kRemembered),
      buckets_(kRemembered),
      wake_(deps_.executor, 1) {}

void EventRecorder::normal(const EventTarget& about, std::string_view reason,
                           std::string_view message) {
  record(about, "Normal", reason, message);
}

void EventRecorder::warning(const EventTarget& about, std::string_view reason,
                            std::string_view message) {
  record(about, "Warning", reason, message);
}

void EventRecorder::record(const EventTarget& about, const char* type, std::string_view reason,
                           std::string_view message) {
  reason = cut_text(reason, kMaxReason);
  message = cut_text(message, kMaxMessage);
  const std::string object = event_object(about);
  std::string key = object + "\n" + std::to_string(about.uid.high) + std::to_string(about.uid.low);
  key += std::string("\n") + type + "\n" + std::string(reason) + "\n";
  key += std::to_string(std::hash<std::string_view>()(message)) + std::to_string(message.size());
  const auto now = deps_.clock.now();

  Entry* known = entries_.find(key);
  if (known != nullptr && now - known->last < kFoldFor) {
    ++counts_.folded;
    ++known->count;
    known->last = now;
    known->last_wall = deps_.clock.wall_now();
    // Without a token the new count waits for the next repeat.
    if (!known->queued && queue_.size() < kQueue && take_token(object)) enqueue(key, *known);
    return;
  }
  if (!take_token(object)) {
    ++counts_.limited;
    return;
  }
  Entry entry;
  entry.about = about;
  entry.type = type;
  entry.reason = reason;
  entry.message = message;
  entry.last = now;
  entry.first_wall = entry.last_wall = deps_.clock.wall_now();
  if (enqueue(key, entries_.add(key, std::move(entry)))) return;
  // Not remembered: its next occurrence is a new chance.
  entries_.erase(key);
  ++counts_.dropped;
}

bool EventRecorder::take_token(const std::string& object) {
  const auto now = deps_.clock.now();
  Bucket* bucket = buckets_.find(object);
  if (bucket == nullptr) bucket = &buckets_.add(object, Bucket{kBurst, now});
  const std::chrono::duration<double> passed = now - bucket->at;
  bucket->tokens = std::min(kBurst, bucket->tokens + passed / kRefill);
  bucket->at = now;
  if (bucket->tokens < 1) return false;
  bucket->tokens -= 1;
  return true;
}

bool EventRecorder::enqueue(const std::string& key, Entry& entry) {
  if (queue_.size() >= kQueue) return false;
  entry.queued = true;
  queue_.push_back(key);
  wake_.try_send(boost::system::error_code());
  return true;
}

asio::awaitable<void> EventRecorder::run() {
  for (;;) {
    if (queue_.empty()) {
      // A wake-up may be an old one: the loop looks again.
      (void)co_await wake_.async_receive(asio::as_tuple(asio::use_awaitable));
      continue;
    }
    std::string key = std::move(queue_.front());
    queue_.pop_front();
    co_await deliver(std::move(key));
  }
}

asio::awaitable<void> EventRecorder::deliver(std::string key) {
  std::string name; // the same at each attempt: a lost answer must not make two events
  for (std::uint32_t attempt = 1;; ++attempt) {
    Entry* entry = entries_.find(key);
    if (entry == nullptr) co_return; // made room for others
    const bool creating = entry->name.empty();
    if (creating && name.empty()) name = new_name(*entry);
    auto sending = creating ? create(*entry, name) : update(*entry);
    auto answer = co_await std::move(sending);
    entry = entries_.find(key);
    if (entry == nullptr) co_return;
    const bool existed = creating && answer.failure.reason == "AlreadyExists";
    if (answer || (existed && attempt > 1)) {
      ++counts_.sent;
      if (creating) entry->name = name;
      // What was counted since then is told at the next repeat.
      entry->queued = false;
      co_return;
    }
    if (existed || !creating) name.clear();
    if (!again(key, answer.failure, attempt)) co_return;
    const auto asked = answer.failure.retry_after.value_or(std::chrono::seconds(0));
    const auto pause = std::max<Clock::duration>(kTryAgain.after(attempt, deps_.random()), asked);
    co_await deps_.clock.sleep_until(deps_.clock.now() + pause);
  }
}

bool EventRecorder::again(const std::string& key, const KubeFailure& failure,
                          std::uint32_t attempt) {
  Entry* entry = entries_.find(key);
  const ErrorKind kind = failure.error.kind;
  const bool vanished = kind == ErrorKind::kNotFound && !entry->name.empty();
  const bool passing = kind == ErrorKind::kTransient || kind == ErrorKind::kUnauthenticated ||
                       failure.reason == "AlreadyExists";
  // Events live an hour or so: one that is gone starts anew.
  if (vanished) entry->name.clear();
  if (!vanished) log_failure(failure);
  if ((vanished || passing) && attempt < kAttempts) return true;
  ++counts_.failed;
  entries_.erase(key);
  return false;
}

void EventRecorder::log_failure(const KubeFailure& failure) {
  const std::string kind = std::to_string(failure.http_status) + failure.reason;
  const auto now = deps_.clock.now();
  const auto [place, fresh] = logged_.try_emplace(kind, now);
  if (!fresh && now - place->second < kLogAgain) return;
  place->second = now;
  deps_.log.warn("events=not_delivered error=\"{}\"", failure.error.detail);
}

asio::awaitable<KubeResult<HttpResponse>> EventRecorder::create(const Entry& entry,
                                                                const std::string& name) {
  EventText text;
  text.about = entry.about;
  text.type = entry.type;
  text.reason = entry.reason;
  text.message = entry.message;
  text.name = name;
  text.count = entry.count;
  text.first = entry.first_wall;
  text.last = entry.last_wall;
  return send("POST", event_collection(entry.about), event_json(text), "application/json");
}

asio::awaitable<KubeResult<HttpResponse>> EventRecorder::update(const Entry& entry) {
  return send("PATCH", event_collection(entry.about) + "/" + percent_encode(entry.name),
              event_count_patch(entry.count, entry.last_wall), "application/merge-patch+json");
}

asio::awaitable<KubeResult<HttpResponse>> EventRecorder::send(std::string method, std::string path,
                                                              std::string body, std::string type) {
  const auto deadline = deps_.clock.now() + kSendBudget;
  std::function<bool()> always;
  auto answer = co_await deps_.client.send(std::move(method), std::move(path), std::move(body),
                                           std::move(type), deadline, std::move(always));
  co_return answer;
}

std::string EventRecorder::new_name(const Entry& entry) {
  // Two replicas that report the same at once differ by chance.
  const auto wall = static_cast<std::uint64_t>(deps_.clock.wall_now().time_since_epoch().count());
  const auto chance = static_cast<std::uint64_t>(deps_.random() * 16777216.0);
  char suffix[48];
  std::snprintf(suffix, sizeof suffix, "%llx%06llx%llx", static_cast<unsigned long long>(wall),
                static_cast<unsigned long long>(chance), static_cast<unsigned long long>(++names_));
  return event_name(entry.about.key.name.view(), suffix);
}

EventRecorder::Counts EventRecorder::counts() const {
  Counts now = counts_;
  now.evicted = entries_.evicted() + buckets_.evicted();
  return now;
}

} // namespace syncer
