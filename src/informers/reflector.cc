#include "informers/reflector.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "informers/cluster_identity.h"
#include "informers/kube_paths.h"
#include "informers/list_version.h"
#include "informers/until_cancelled.h"
#include "net/url.h"

namespace syncer {

namespace {

constexpr std::chrono::seconds kOpenBudget{30}; // to the header of a watch
constexpr std::chrono::seconds kIdentityBudget{10};
constexpr std::chrono::seconds kListSilence{30}; // inside a streaming list
constexpr std::chrono::seconds kWatchGrace{30};  // beyond the server's own timeout
constexpr std::chrono::seconds kBookmarkSilence{150};
constexpr std::chrono::minutes kCleanListEvery{5};
EventTarget::Kind event_kind(Resource resource) {
  switch (resource) {
    case Resource::kVolumes:
      return EventTarget::Kind::kVolume;
    case Resource::kClaims:
      return EventTarget::Kind::kClaim;
    case Resource::kPods:
      return EventTarget::Kind::kPod;
  }
  return EventTarget::Kind::kVolume;
}

constexpr auto kNever = Clock::time_point::max();

} // namespace

Reflector::Reflector(Deps deps, Resource resource)
    : deps_(std::move(deps)),
      resource_(resource),
      fsm_(deps_.random),
      side_(deps_.executor, deps_.client, deps_.clock, deps_.log, deps_.cache, resource) {}

asio::awaitable<void> Reflector::run() {
  auto both = follow_and_read();
  co_await until_cancelled(std::move(both));
}

asio::awaitable<void> Reflector::follow_and_read() {
  using namespace asio::experimental::awaitable_operators;
  std::function<void()> on_quorum = [this] { check_quorum(); };
  auto side_reads = side_.run(std::move(on_quorum));
  co_await (follow() || std::move(side_reads));
}

asio::awaitable<void> Reflector::follow() {
  for (;;) {
    Step step = fsm_.next(deps_.clock.now());
    const auto when = step.not_before;
    co_await deps_.clock.sleep_until(when);
    Report report;
    if (step.action == ReflectorFsm::Action::kList) {
      report = co_await list(std::move(step));
    } else {
      report = co_await watch(std::move(step));
    }
    listing_ = false;
    fsm_.ended(report, deps_.clock.now());
    if (report.end != End::kListed) {
      deps_.observer.watch_restarted(name_of(resource_), restart_reason(report.end));
    }
    if (fsm_.take_went_back()) {
      deps_.log.warn("condition=ViewWentBack resource={} version={}", name_of(resource_),
                     fsm_.version());
      deps_.cache.went_back();
    }
  }
}

std::string Reflector::watch_path(const Step& step) const {
  std::string path = collection_path(resource_) + "?watch=1&allowWatchBookmarks=true";
  path += "&timeoutSeconds=" + std::to_string(step.timeout.count());
  path += "&resourceVersion=" + percent_encode(step.version);
  if (step.action == ReflectorFsm::Action::kStreamList) {
    path += "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan";
  }
  return path;
}

asio::awaitable<ReflectorFsm::Report> Reflector::watch(Step step) {
  std::string path = watch_path(step);
  std::string accept = KubeClient::kAcceptProtobuf;
  const auto open_by = deps_.clock.now() + kOpenBudget;
  auto opened = co_await deps_.client.open_stream(std::move(path), std::move(accept), open_by);
  if (!opened) co_return report_of(opened.failure, step.action);
  KubeStream& stream = **opened.value;
  last_failure_.clear();
  fsm_.opened(deps_.clock.now());
  const auto other = co_await other_cluster();
  if (!other) co_return report_of(other.failure, step.action);
  if (step.action == ReflectorFsm::Action::kStreamList) {
    list_began_ = deps_.clock.now();
    listing_ = true;
    deps_.cache.begin_list(resource_, step.force || *other.value);
  } else if (*other.value) {
    co_return Report{End::kBackwards, std::nullopt};
  } else {
    // A server that lost its last changes accepts a version it has not reached yet, and is silent.
    const auto reached_by = deps_.clock.now() + kIdentityBudget;
    const auto reached = co_await read_list_version(deps_.client, resource_, reached_by);
    if (!reached) co_return report_of(reached.failure, step.action);
    if (*reached.value != 0 && *reached.value < version_number(step.version)) {
      co_return Report{End::kBackwards, std::nullopt};
    }
  }
  trouble_.reset();
  const KubeFormat format =
      is_protobuf(stream.headers()) ? KubeFormat::kProtobuf : KubeFormat::kJson;
  EventSplitter splitter(format);
  const auto over = deps_.clock.now() + step.timeout + kWatchGrace;
  for (;;) {
    const auto quiet = quiet_until();
    const auto deadline = std::min(over, quiet);
    auto bytes = co_await stream.read_some(deadline);
    if (!bytes) {
      const bool late = deps_.clock.now() >= deadline;
      if (clean_list_due()) co_return Report{End::kUndecodable, std::nullopt};
      co_return Report{late && quiet < over ? End::kIdle : End::kClosed, std::nullopt};
    }
    if (bytes->empty()) co_return Report{End::kClosed, std::nullopt};
    last_event_ = deps_.clock.now();
    splitter.feed(*bytes);
    for (;;) {
      const auto frame = splitter.next();
      if (!frame) co_return Report{End::kUndecodable, std::nullopt};
      if (!*frame) break;
      auto event = decode_watch_event(format, resource_, **frame);
      if (!event) {
        deps_.observer.decode_failed(name_of(resource_));
        deps_.log.warn("watch={} undecodable=\"{}\"", name_of(resource_), event.error().detail);
        co_return Report{End::kUndecodable, std::nullopt};
      }
      const auto end = handle(std::move(*event));
      if (end) co_return *end;
    }
    if (clean_list_due()) co_return Report{End::kUndecodable, std::nullopt};
  }
}

// Asked once a stream is open and before anything on it counts: another cluster must not look like
// a wave of changes and deletions.
asio::awaitable<KubeResult<bool>> Reflector::other_cluster() {
  const auto deadline = deps_.clock.now() + kIdentityBudget;
  auto cluster = co_await read_cluster_uid(deps_.client, deadline);
  KubeResult<bool> other;
  if (!cluster) {
    other.failure = std::move(cluster.failure);
    co_return other;
  }
  if (cluster.value->empty() && !std::exchange(unnamed_told_, true)) {
    deps_.log.warn("resource={} cluster=unknown: another one at this address is not noticed",
                   name_of(resource_));
  }
  other.value = deps_.cache.answered_by(resource_, *cluster.value);
  if (*other.value) {
    deps_.log.warn("condition=ViewWentBack resource={} reason=\"another cluster answers\"",
                   name_of(resource_));
  }
  co_return other;
}

// Silence longer than this is a fault. Also the moment of the next list when one is due.
Clock::time_point Reflector::quiet_until() const {
  const auto now = deps_.clock.now();
  if (listing_) return now + kListSilence;
  auto until = bookmarks_seen_ ? now + kBookmarkSilence : kNever;
  if (deps_.cache.unclear(resource_)) until = std::min(until, listed_at_ + kCleanListEvery);
  return until;
}

bool Reflector::clean_list_due() const {
  return !listing_ && deps_.cache.unclear(resource_) &&
         deps_.clock.now() >= listed_at_ + kCleanListEvery;
}

std::optional<ReflectorFsm::Report> Reflector::handle(WatchEvent event) {
  deps_.observer.watch_event(name_of(resource_));
  switch (event.type) {
    case WatchEvent::Type::kError: {
      const KubeFailure failure = failure_of(event.status);
      return report_of(failure,
                       listing_ ? ReflectorFsm::Action::kStreamList : ReflectorFsm::Action::kWatch);
    }
    case WatchEvent::Type::kBookmark:
      return handle_bookmark(event);
    case WatchEvent::Type::kDeleted:
      fsm_.event(event.object.version, deps_.clock.now());
      if (event.object.broken()) note_broken(event.object);
      deps_.cache.remove(resource_, event.object);
      break;
    default:
      fsm_.event(event.object.version, deps_.clock.now());
      put(std::move(event.object));
  }
  check_quorum();
  return std::nullopt;
}

std::optional<ReflectorFsm::Report> Reflector::handle_bookmark(const WatchEvent& event) {
  bookmarks_seen_ = true;
  if (listing_ && event.initial_events_end) {
    if (!fsm_.listed(event.object.version)) return Report{End::kBackwards, std::nullopt};
    finish_list();
  } else if (!fsm_.bookmark(event.object.version)) {
    return Report{End::kBackwards, std::nullopt};
  }
  check_quorum();
  return std::nullopt;
}

void Reflector::put(DecodedObject decoded) {
  if (!decoded.broken()) {
    deps_.cache.put(resource_, std::move(decoded));
    return;
  }
  note_broken(decoded);
  std::string ns = decoded.ns;
  std::string name = decoded.name;
  deps_.cache.put(resource_, std::move(decoded));
  if (deps_.cache.is_marked(resource_, ns, name)) {
    side_.want_object(std::move(ns), std::move(name));
  }
}

void Reflector::note_broken(const DecodedObject& decoded) {
  deps_.observer.decode_failed(name_of(resource_));
  deps_.log.warn("object={} namespace={} name={} version={} undecodable=\"{}\"", name_of(resource_),
                 decoded.ns, decoded.name, decoded.version, decoded.problem);
  if (deps_.events == nullptr || decoded.name.empty()) return;
  const EventTarget target{event_kind(resource_), {decoded.ns, decoded.name}, {}};
  deps_.events->warning(target, "Undecodable", decoded.problem);
}

// The cache first hears that the version was reached: on_synced may ask whether it is complete.
void Reflector::finish_list() {
  listing_ = false;
  trouble_.reset();
  listed_at_ = deps_.clock.now();
  if (fsm_.consistent()) {
    deps_.cache.reached_quorum(resource_);
  } else if (!deps_.cache.quorum(resource_)) {
    side_.want_quorum();
  }
  deps_.cache.end_list(resource_);
  deps_.observer.relisted(name_of(resource_), listed_at_ - list_began_);
  deps_.log.info("listed={} objects={} version={}", name_of(resource_),
                 deps_.cache.objects(resource_), fsm_.version());
}

void Reflector::check_quorum() {
  const auto target = side_.quorum();
  if (!target || deps_.cache.quorum(resource_) || !deps_.cache.synced(resource_)) return;
  if (version_number(fsm_.version()) >= *target) deps_.cache.reached_quorum(resource_);
}

ReflectorFsm::Report Reflector::report_of(const KubeFailure& failure, ReflectorFsm::Action action) {
  if (!trouble_) trouble_ = Trouble{deps_.clock.now(), {}};
  trouble_->detail = std::string(name_of(resource_)) + ": " + failure.error.detail;
  if (std::exchange(last_failure_, failure.error.detail) != failure.error.detail) {
    deps_.log.warn("resource={} error=\"{}\"", name_of(resource_), failure.error.detail);
  }
  Report report;
  report.retry_after = failure.retry_after;
  const int status = failure.http_status;
  if (status == 0) {
    report.end = End::kUnreachable;
  } else if (failure.version_too_large) {
    report.end = End::kVersionTooLarge;
  } else if (status == 410 || failure.reason == "Expired" || failure.reason == "Gone") {
    report.end = End::kExpired;
  } else if (status == 429 || (status >= 500 && failure.retry_after)) {
    report.end = End::kThrottled;
  } else if (status >= 500) {
    report.end = End::kServerError;
  } else if (action == ReflectorFsm::Action::kStreamList && (status == 400 || status == 422)) {
    report.end = End::kUnsupported;
  } else {
    report.end = End::kRefused;
  }
  return report;
}

} // namespace syncer
