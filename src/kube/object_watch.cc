#include "kube/object_watch.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "net/url.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr int kPageSize = 500;
constexpr std::chrono::seconds kOpenBudget{30}; // to the header of an answer
constexpr std::chrono::seconds kListSilence{30};
constexpr std::chrono::seconds kWatchGrace{30}; // beyond the server's own timeout
constexpr std::chrono::seconds kBookmarkSilence{150};
constexpr std::chrono::seconds kWatchTime{300}; // the server ends it after once to twice this
constexpr std::chrono::seconds kLivedWell{5};
constexpr std::chrono::seconds kLongestPause{60};
constexpr Backoff kBackoff{std::chrono::seconds(1), std::chrono::seconds(40)};
constexpr auto kNever = Clock::time_point::max();

const json* member(const json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

std::string text_member(const json* object, const char* key) {
  const json* value = object == nullptr ? nullptr : member(*object, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

ObjectName name_of(const json& object) {
  const json* metadata = member(object, "metadata");
  return {text_member(metadata, "namespace"), text_member(metadata, "name")};
}

json parsed(std::string_view text) { return json::parse(text, nullptr, false); }

} // namespace

ObjectWatch::ObjectWatch(Deps deps, std::string collection, ObjectSink& sink, std::string selector)
    : deps_(std::move(deps)),
      collection_(std::move(collection)),
      sink_(sink),
      selector_(selector.empty() ? "" : "&" + selector) {}

asio::awaitable<void> ObjectWatch::run() {
  for (;;) {
    End end;
    if (version_.empty()) {
      end = co_await list();
    } else {
      end = co_await watch();
    }
    const auto next = deps_.clock.now() + pause_after(end);
    co_await deps_.clock.sleep_until(next);
  }
}

asio::awaitable<ObjectWatch::End> ObjectWatch::list() {
  ++generation_;
  nameless_ = false;
  std::string version;
  std::string token;
  do {
    std::string path = collection_ + "?limit=" + std::to_string(kPageSize) + selector_;
    if (!token.empty()) path += "&continue=" + percent_encode(token);
    Page page = co_await read_page(std::move(path));
    if (page.end.kind != End::Kind::kListed) co_return page.end;
    // Every page shows the state at the version of the first.
    if (version.empty()) version = page.version;
    token = page.continue_token;
  } while (!token.empty());
  sweep();
  version_ = version;
  if (lists_++ == 0) deps_.log.info("listed={} objects={}", collection_, known_.size());
  missing_ = false;
  sink_.listed();
  co_return End{End::Kind::kListed, KubeFailure()};
}

asio::awaitable<ObjectWatch::Page> ObjectWatch::read_page(std::string path) {
  Page page;
  std::string accept = KubeClient::kAcceptJson;
  const auto open_by = deps_.clock.now() + kOpenBudget;
  auto opened = co_await deps_.client.open_stream(std::move(path), std::move(accept), open_by);
  if (!opened) {
    page.end = end_of(opened.failure);
    co_return page;
  }
  KubeStream& stream = **opened.value;
  JsonFrames frames(JsonFrames::Body::kList);
  for (;;) {
    const auto deadline = deps_.clock.now() + kListSilence;
    auto bytes = co_await stream.read_some(deadline);
    if (!bytes) {
      page.end = end_of(failure_of(std::move(bytes).error()));
      co_return page;
    }
    if (bytes->empty()) break;
    frames.feed(*bytes);
    for (;;) {
      const auto part = frames.next();
      if (!part) {
        page.end = end_of(failure_of(part.error()));
        co_return page;
      }
      if (!*part) break;
      if ((*part)->kind == JsonFrames::Part::Kind::kObject) {
        take(parsed((*part)->text));
      } else if ((*part)->kind == JsonFrames::Part::Kind::kMeta) {
        const json meta = parsed((*part)->text);
        page.version = text_member(&meta, "resourceVersion");
        page.continue_token = text_member(&meta, "continue");
      } else {
        note_broken({}, "larger than 3 MiB");
      }
    }
  }
  if (!frames.complete() || page.version.empty()) {
    page.end = end_of(failure_of(Error{ErrorKind::kTransient, "the list is not complete"}));
    co_return page;
  }
  page.end.kind = End::Kind::kListed;
  co_return page;
}

asio::awaitable<ObjectWatch::End> ObjectWatch::watch() {
  const auto time = std::chrono::seconds(
      kWatchTime.count() +
      static_cast<std::int64_t>(deps_.random() * static_cast<double>(kWatchTime.count())));
  std::string path = collection_ + "?watch=1&allowWatchBookmarks=true&timeoutSeconds=" +
                     std::to_string(time.count()) + "&resourceVersion=" + percent_encode(version_) +
                     selector_;
  std::string accept = KubeClient::kAcceptJson;
  healthy_ = false;
  const auto began = deps_.clock.now();
  auto opened =
      co_await deps_.client.open_stream(std::move(path), std::move(accept), began + kOpenBudget);
  if (!opened) co_return end_of(opened.failure);
  KubeStream& stream = **opened.value;
  JsonFrames frames(JsonFrames::Body::kWatch);
  const auto over = deps_.clock.now() + time + kWatchGrace;
  End closed;
  for (;;) {
    // Bookmarks come every minute: once one came, silence means that nobody is there.
    const auto quiet = bookmarks_seen_ ? deps_.clock.now() + kBookmarkSilence : kNever;
    const auto deadline = std::min(over, quiet);
    auto bytes = co_await stream.read_some(deadline);
    if (!bytes || bytes->empty()) {
      if (deps_.clock.now() - began >= kLivedWell) healthy_ = true;
      if (nameless_) version_.clear(); // whatever the broken event said, a list says it again
      co_return closed;
    }
    frames.feed(*bytes);
    for (;;) {
      const auto part = frames.next();
      if (!part) {
        version_.clear();
        co_return end_of(failure_of(part.error()));
      }
      if (!*part) break;
      if ((*part)->kind == JsonFrames::Part::Kind::kOversized) {
        note_broken({}, "larger than 3 MiB");
        continue;
      }
      const auto end = handle_event((*part)->text);
      if (end) co_return *end;
    }
  }
}

std::optional<ObjectWatch::End> ObjectWatch::handle_event(std::string_view text) {
  const json event = parsed(text);
  const json* object = member(event, "object");
  const std::string type = text_member(&event, "type");
  if (object == nullptr || type.empty()) {
    note_broken({}, "an event without type or object");
    return std::nullopt;
  }
  if (type == "ERROR") {
    const auto status =
        decode_json_status(object->dump(-1, ' ', false, json::error_handler_t::replace));
    return end_of(status ? failure_of(*status)
                         : failure_of(Error{ErrorKind::kTransient, "an error without status"}));
  }
  healthy_ = true;
  failures_ = 0;
  if (type == "BOOKMARK") bookmarks_seen_ = true;
  if (type == "DELETED") {
    const ObjectName name = name_of(*object);
    if (known_.erase(name) > 0) sink_.remove(name);
  } else if (type != "BOOKMARK") {
    take(*object);
  }
  const std::string version = text_member(member(*object, "metadata"), "resourceVersion");
  if (!version.empty()) version_ = version;
  return std::nullopt;
}

void ObjectWatch::take(const json& object) {
  const ObjectName name = name_of(object);
  if (name.name.empty()) {
    note_broken({}, object.is_discarded() ? "not JSON" : "no metadata.name");
    return;
  }
  known_[name] = generation_;
  const Outcome<> used = sink_.put(name, object);
  if (!used) note_broken(name, used.error().detail);
}

void ObjectWatch::note_broken(const ObjectName& name, std::string_view why) {
  ++broken_;
  if (name.name.empty()) nameless_ = true;
  deps_.log.warn("object={} namespace={} name={} unusable=\"{}\"", collection_, name.ns, name.name,
                 why);
}

// Objects that the list did not show are gone, unless it showed one whose name we could not read.
void ObjectWatch::sweep() {
  if (nameless_) return;
  for (auto it = known_.begin(); it != known_.end();) {
    if (it->second == generation_) {
      ++it;
      continue;
    }
    const ObjectName name = it->first;
    it = known_.erase(it);
    sink_.remove(name);
  }
}

ObjectWatch::End ObjectWatch::end_of(const KubeFailure& failure) {
  const int status = failure.http_status;
  End end{End::Kind::kFailed, failure};
  if (status == 410 || failure.reason == "Expired" || failure.reason == "Gone") {
    end.kind = End::Kind::kExpired;
  }
  // Whatever else the server objects to, our version may be the reason; only trouble that passes by
  // itself leaves the watch where it was.
  const bool passing = status == 0 || status == 401 || status == 429 || status >= 500;
  if (!passing || failure.version_too_large || end.kind == End::Kind::kExpired) version_.clear();
  return end;
}

Clock::duration ObjectWatch::pause_after(const End& end) {
  if (healthy_) failures_ = 0;
  healthy_ = false;
  switch (end.kind) {
    case End::Kind::kListed:
      last_problem_.clear();
      return Clock::duration::zero();
    case End::Kind::kExpired:
      // Not a failure: etcd compacted our version away. But twice in a row is no way to live.
    case End::Kind::kClosed:
      if (failures_++ == 0) return Clock::duration::zero();
      break;
    case End::Kind::kFailed:
      ++failures_;
      log_failure(end.failure);
  }
  const Clock::duration pause = kBackoff.after(failures_, deps_.random());
  return std::max<Clock::duration>(std::min<Clock::duration>(pause, kLongestPause),
                                   end.failure.retry_after.value_or(std::chrono::seconds(0)));
}

void ObjectWatch::log_failure(const KubeFailure& failure) {
  missing_ = failure.http_status == 404;
  if (std::exchange(last_problem_, failure.error.detail) == failure.error.detail) return;
  if (missing_) {
    deps_.log.info("resource={} not installed yet, asked for again", collection_);
  } else if (failure.http_status == 403) {
    deps_.log.error("resource={} get, list and watch are not allowed to this service account: {}",
                    collection_, failure.error.detail);
  } else {
    deps_.log.warn("resource={} error=\"{}\"", collection_, failure.error.detail);
  }
}

} // namespace syncer
