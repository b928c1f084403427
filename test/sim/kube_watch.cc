#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "sim/kube_core.h"
#include "sim/kube_encode.h"

namespace syncer::sim {

namespace {

using Time = asio::steady_timer::time_point;

constexpr std::size_t kChunk = 128 * 1024;
constexpr std::chrono::milliseconds kLook{250};
constexpr const char* kListOptions = "ListOptions.meta.k8s.io";

struct WatchPlan {
  std::optional<KubeStatus> refused; // nothing else counts then
  bool refused_in_stream = false;    // as an ERROR event behind HTTP 200
  std::vector<KubeObjectPtr> initial;
  std::uint64_t position = 0; // first change to send
  std::uint64_t after = 0;    // only changes with a higher version
  bool end_bookmark = false;  // initial-events-end is still to be sent
  bool bookmarks = false;
  std::chrono::seconds timeout{0};
};

std::optional<KubeStatus> refuse_options(const KubeCore& core, const KubeRequest& request) {
  const bool streaming = !request.param("sendInitialEvents").empty();
  const std::string match = request.param("resourceVersionMatch");
  const auto forbidden = [](const char* field, const char* why) {
    return invalid(kListOptions, "", field, "FieldValueForbidden",
                   std::string("Forbidden: ") + why);
  };
  if (streaming && !core.behaviour.streaming_lists) {
    return forbidden("sendInitialEvents",
                     "sendInitialEvents is forbidden for watch unless the WatchList feature gate "
                     "is enabled");
  }
  if (streaming && match != "NotOlderThan") {
    return forbidden("resourceVersionMatch",
                     "sendInitialEvents requires resourceVersionMatch NotOlderThan");
  }
  if (!streaming && !match.empty()) {
    return forbidden("resourceVersionMatch",
                     "resourceVersionMatch is forbidden for watch without sendInitialEvents");
  }
  return std::nullopt;
}

void plan_initial(const KubeCore& core, const KubeRequest& request, WatchPlan& plan) {
  for (const auto& [key, object] : core.store.objects(*request.resource)) {
    const bool in_scope = request.ns.empty() || object->ns == request.ns;
    if (in_scope && request.selector.matches(*object)) plan.initial.push_back(object);
  }
  plan.position = core.store.end_position(*request.resource);
  plan.after = core.store.version();
}

WatchPlan plan_watch(const KubeCore& core, const KubeRequest& request) {
  WatchPlan plan;
  plan.refused = refuse_options(core, request);
  if (plan.refused) return plan;
  const std::string text = request.param("resourceVersion");
  const auto asked = parse_version(text.empty() ? "0" : text);
  if (!asked) {
    plan.refused = bad_request("invalid resource version \"" + text + "\"");
    return plan;
  }
  plan.bookmarks = request.flag("allowWatchBookmarks");
  plan.timeout =
      std::chrono::seconds(parse_version(request.param("timeoutSeconds")).value_or(1800));
  const bool streaming = request.flag("sendInitialEvents");
  if (streaming || (*asked == 0 && request.param("sendInitialEvents").empty())) {
    if (*asked > core.store.version()) {
      plan.refused = too_large_version(*asked, core.store.version());
      return plan;
    }
    plan_initial(core, request, plan);
    plan.end_bookmark = streaming && plan.bookmarks;
    return plan;
  }
  // A version in the future is not refused: nothing is sent until history has caught up.
  plan.after = *asked == 0 ? core.store.version() : *asked;
  const auto position = core.store.position_after(*request.resource, plan.after);
  if (!position) {
    plan.refused = expired("too old resource version: " + text + " (" +
                           std::to_string(core.store.version()) + ")");
    plan.refused_in_stream = !core.behaviour.gone_as_http_status;
    return plan;
  }
  plan.position = *position;
  return plan;
}

// Registers the watch for as long as it is served.
class Registration {
 public:
  Registration(KubeCore& core, KubeWatcher& watcher) : core_(core) {
    place_ = core.watchers.insert(core.watchers.end(), &watcher);
  }
  ~Registration() { core_.watchers.erase(place_); }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

 private:
  KubeCore& core_;
  std::list<KubeWatcher*>::iterator place_;
};

// What one watch still owes its reader.
class WatchSession {
 public:
  WatchSession(KubeCore& core, const KubeRequest& request, const WatchPlan& plan, Time now)
      : core_(core),
        request_(request),
        position_(plan.position),
        after_(plan.after),
        end_bookmark_(plan.end_bookmark),
        bookmarks_(plan.bookmarks),
        deadline_(now + plan.timeout),
        next_bookmark_(now + core.behaviour.bookmark_interval),
        last_bookmark_(deadline_ - std::chrono::seconds(2)) {
    if (last_bookmark_ <= now) last_bookmark_ = Time::max();
  }

  // Too slow a reader is cut off: its changes are forgotten.
  bool fell_behind() const { return position_ < core_.store.first_position(*request_.resource); }
  bool over(Time now) const { return now >= deadline_; }
  Time next_time() const {
    return bookmarks_ ? std::min({deadline_, next_bookmark_, last_bookmark_}) : deadline_;
  }

  // The bytes due now; empty: wait.
  std::string due(Time now) {
    std::string out;
    while (position_ < core_.store.end_position(*request_.resource) && out.size() < kChunk) {
      append_change(out, core_.store.change(*request_.resource, position_++));
    }
    if (!out.empty()) return out;
    if (end_bookmark_) {
      if (core_.behaviour.hold_initial_bookmark) return out;
      end_bookmark_ = false;
      return bookmark(true);
    }
    if (bookmarks_ && (now >= next_bookmark_ || now >= last_bookmark_)) {
      if (now >= last_bookmark_) last_bookmark_ = Time::max();
      next_bookmark_ = now + core_.behaviour.bookmark_interval;
      // Never below what the reader asked for: its view would seem to go back.
      if (core_.store.version() >= after_) return bookmark(false);
    }
    return out;
  }

 private:
  std::string bookmark(bool end) const {
    return bookmark_frame(*request_.resource, core_.store.version(), end, request_.encoding);
  }

  bool selects(const KubeObjectPtr& object) const {
    return object && (request_.ns.empty() || object->ns == request_.ns) &&
           request_.selector.matches(*object);
  }

  // Entering the selection looks like an addition, leaving it like a deletion of the last state
  // that was in it.
  void append_change(std::string& out, const KubeChange& change) const {
    if (change.version <= after_) return;
    const bool was = selects(change.before);
    const bool is = change.type != ChangeType::kDeleted && selects(change.object);
    const KubeResource& resource = *request_.resource;
    if (is) {
      const ChangeType type = was ? ChangeType::kModified : ChangeType::kAdded;
      append_event(out, resource, type, *change.object, request_.encoding);
    } else if (was) {
      const KubeObjectPtr last = change.type == ChangeType::kDeleted
                                     ? change.object
                                     : with_version(resource, *change.before, change.version);
      append_event(out, resource, ChangeType::kDeleted, *last, request_.encoding);
    }
  }

  KubeCore& core_;
  const KubeRequest& request_;
  std::uint64_t position_;
  std::uint64_t after_;
  bool end_bookmark_;
  bool bookmarks_;
  Time deadline_;
  Time next_bookmark_;
  Time last_bookmark_;
};

asio::awaitable<void> refuse(KubeCorePtr core, ServerExchange& exchange, const KubeRequest& request,
                             WatchPlan plan) {
  if (!plan.refused_in_stream) {
    core->count(request, exchange.request(), plan.refused->code);
    HttpResponse response = status_response(*plan.refused, request.encoding);
    co_await exchange.reply(std::move(response));
    co_return;
  }
  core->count(request, exchange.request(), 200);
  Headers headers;
  headers.emplace_back("Content-Type", std::string(watch_content_type(request.encoding)));
  const bool started = co_await exchange.start_stream(200, std::move(headers));
  if (!started) co_return;
  std::string frame = error_frame(*plan.refused, request.encoding);
  const bool sent = co_await exchange.write(std::move(frame));
  if (!sent) co_return;
  co_await exchange.finish();
}

asio::awaitable<bool> send_initial(KubeStream& stream, const KubeRequest& request,
                                   const std::vector<KubeObjectPtr>& objects) {
  std::string chunk;
  for (const KubeObjectPtr& object : objects) {
    append_event(chunk, *request.resource, ChangeType::kAdded, *object, request.encoding);
    if (chunk.size() < kChunk) continue;
    const bool sent = co_await stream.send(std::exchange(chunk, std::string()));
    if (!sent) co_return false;
  }
  if (chunk.empty()) co_return true;
  co_return co_await stream.send(std::move(chunk));
}

} // namespace

asio::awaitable<void> serve_watch(KubeCorePtr core, ServerExchange& exchange,
                                  const KubeRequest& request) {
  WatchPlan plan = plan_watch(*core, request);
  if (plan.refused) {
    co_await refuse(core, exchange, request, std::move(plan));
    co_return;
  }
  core->count(request, exchange.request(), 200);
  const auto executor = co_await asio::this_coro::executor;
  KubeWatcher watcher{request.resource, request.encoding,
                      &exchange,        asio::steady_timer(executor),
                      std::string(),    false};
  const Registration registration(*core, watcher);
  WatchSession session(*core, request, plan, std::chrono::steady_clock::now());

  Headers headers;
  headers.emplace_back("Content-Type", std::string(watch_content_type(request.encoding)));
  const bool started = co_await exchange.start_stream(200, std::move(headers));
  if (!started) co_return;
  KubeStream stream(*core, exchange);
  const bool listed = co_await send_initial(stream, request, plan.initial);
  if (!listed) co_return;
  plan.initial.clear();

  while (!watcher.cut && !exchange.peer_gone()) {
    const Time now = std::chrono::steady_clock::now();
    const bool frozen = core->behaviour.frozen_watches;
    if (!frozen && session.fell_behind()) break;
    std::string bytes = frozen ? std::string() : std::exchange(watcher.injected, std::string());
    if (bytes.empty() && !frozen) bytes = session.due(now);
    if (!bytes.empty()) {
      const bool sent = co_await stream.send(std::move(bytes));
      if (!sent) co_return;
    } else if (!frozen && session.over(now)) {
      co_await exchange.finish();
      co_return;
    } else {
      // The end of the peer is only seen by looking.
      watcher.wake.expires_at(frozen ? now + kLook : std::min(session.next_time(), now + kLook));
      const auto token = asio::as_tuple(asio::use_awaitable);
      co_await watcher.wake.async_wait(token);
    }
  }
  exchange.abort();
}

} // namespace syncer::sim
