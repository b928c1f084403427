#include "cns/tag_reader.h"

#include <spdlog/spdlog.h>

#include <array>
#include <boost/asio/co_spawn.hpp>

#include "net/basic_auth.h"

namespace syncer {

namespace {

constexpr std::size_t kMostKnown = 1000;
constexpr std::array<TagApi, 2> kApis{TagApi::kNew, TagApi::kOld};

void rethrow(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

ErrorKind kind_of_status(int status) {
  if (status == 401) return ErrorKind::kUnauthenticated;
  if (status == 404) return ErrorKind::kNotFound;
  if (status == 408 || status == 429 || status >= 500) return ErrorKind::kTransient;
  return ErrorKind::kRejected;
}

Error refused(const char* call, int status) {
  Error error;
  error.kind = kind_of_status(status);
  error.detail = std::string(call) + ": HTTP status " + std::to_string(status);
  if (status == 403) error.detail += " (the user needs System.Read on the objects above the node)";
  return error;
}

} // namespace

struct TagReader::Use {
  explicit Use(TagReader& used) : reader(used) { ++reader.uses_; }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use() {
    if (--reader.uses_ == 0) reader.end_session();
  }
  TagReader& reader;
};

TagReader::TagReader(Deps deps, Options options, CredentialLatch& latch)
    : deps_(std::move(deps)),
      options_(std::move(options)),
      latch_(latch),
      login_(
          deps_.executor, latch,
          [this](Credentials credentials) { return log_in(std::move(credentials)); },
          [this](const Error* error, bool) { login_ended(error); }) {}

asio::awaitable<Outcome<std::vector<ObjectTags>>> TagReader::tags_of(
    std::vector<ManagedRef> objects) {
  const Use use(*this);
  Outcome<std::vector<ObjectTags>> tags = co_await read(objects);
  // The session may have ended while it was idle between two readers.
  const bool ended = !tags && tags.error().kind == ErrorKind::kUnauthenticated;
  if (ended && latch_.may_try()) {
    tags = co_await read(std::move(objects));
  }
  if (!tags) co_return in_context("tags", std::move(tags).error());
  co_return tags;
}

asio::awaitable<Outcome<std::vector<ObjectTags>>> TagReader::read(std::vector<ManagedRef> objects) {
  const Outcome<Session> session = co_await acquire();
  if (!session) co_return session.error();
  TagRequest listing = attached_tags_request(session->api, objects);
  const Outcome<std::string> listed = co_await call(*session, std::move(listing));
  if (!listed) co_return listed.error();
  const auto attached = read_attached_tags(session->api, *listed);
  if (!attached) co_return attached.error();
  std::vector<ObjectTags> tags;
  for (const ManagedRef& object : objects) {
    ObjectTags& own = tags.emplace_back();
    const auto found = attached->find(object.id);
    if (found == attached->end()) continue;
    for (const std::string& id : found->second) {
      if (const auto known = known_.find(id); known != known_.end()) {
        own.push_back(known->second);
        continue;
      }
      Outcome<AttachedTag> tag = co_await describe(*session, id);
      if (!tag && tag.error().kind == ErrorKind::kNotFound) continue;
      if (!tag) co_return tag.error();
      if (known_.size() < kMostKnown) known_.insert_or_assign(id, *tag);
      own.push_back(*std::move(tag));
    }
  }
  co_return tags;
}

asio::awaitable<Outcome<AttachedTag>> TagReader::describe(Session session, std::string tag) {
  Outcome<TagRequest> request = tag_request(session.api, tag);
  if (!request) co_return request.error();
  const Outcome<std::string> answer = co_await call(session, *std::move(request));
  if (!answer) co_return answer.error();
  const Outcome<Tag> read = read_tag(session.api, *answer);
  if (!read) co_return read.error();
  Outcome<TagRequest> category = category_request(session.api, read->category);
  if (!category) co_return category.error();
  const Outcome<std::string> described = co_await call(session, *std::move(category));
  if (!described) co_return described.error();
  const Outcome<std::string> name = read_category_name(session.api, *described);
  if (!name) co_return name.error();
  AttachedTag attached;
  attached.category = *name;
  attached.name = read->name;
  co_return attached;
}

asio::awaitable<Outcome<TagReader::Session>> TagReader::acquire() {
  const Outcome<std::uint64_t> standing = co_await login_.acquire();
  if (!standing) co_return standing.error();
  co_return session_;
}

void TagReader::login_ended(const Error* error) {
  if (error == nullptr) {
    known_.clear();
    session_.generation = login_.generation();
    if (uses_ == 0) end_session(); // who asked for it is gone
    return;
  }
  deps_.log.warn("vcenter={} tag_login=failed error=\"{}\"", options_.vcenter, error->detail);
}

// A server that lacks the newer API says so before it looks at the password.
asio::awaitable<LoginEnd> TagReader::log_in(Credentials credentials) {
  const Secret authorization = basic_authorization(credentials.user, credentials.password);
  for (const TagApi api : kApis) {
    Headers headers;
    headers.emplace_back("Authorization", authorization.reveal());
    // Otherwise the token comes as a cookie, too.
    headers.emplace_back("vmware-use-header-authn", "true");
    TagRequest request = tag_login_request(api);
    const char* name = request.name;
    const Outcome<HttpResponse> answer = co_await send(std::move(request), std::move(headers));
    if (!answer) co_return LoginEnd{answer.error()};
    if (answer->status == 404 && api == TagApi::kNew) continue;
    if (answer->status / 100 != 2) {
      co_return LoginEnd{refused(name, answer->status), answer->status == 401};
    }
    Outcome<Secret> token = read_tag_token(api, answer->body);
    if (!token) co_return LoginEnd{token.error()};
    session_.api = api;
    session_.token = *std::move(token);
    break;
  }
  co_return LoginEnd();
}

asio::awaitable<Outcome<std::string>> TagReader::call(Session session, TagRequest request) {
  Headers headers;
  headers.emplace_back("vmware-api-session-id", session.token.reveal());
  headers.emplace_back("Accept", "application/json");
  if (!request.body.empty()) headers.emplace_back("Content-Type", "application/json");
  const char* name = request.name;
  Outcome<HttpResponse> answer = co_await send(std::move(request), std::move(headers));
  if (!answer) co_return answer.error();
  if (answer->status == 401) login_.lost(session.generation);
  if (answer->status / 100 != 2) co_return refused(name, answer->status);
  co_return std::move(answer->body);
}

asio::awaitable<Outcome<HttpResponse>> TagReader::send(TagRequest request, Headers headers) {
  HttpRequest http;
  http.method = request.method;
  http.target = std::move(request.target);
  http.headers = std::move(headers);
  http.headers.emplace_back("User-Agent", options_.user_agent);
  http.body = std::move(request.body);
  // Listing tags is a POST that changes nothing.
  http.idempotent = request.method == "GET" || !http.body.empty();
  const Clock::time_point started = deps_.clock.now();
  const Clock::time_point deadline = started + options_.budget;
  Outcome<HttpResponse> answer = co_await deps_.http.send(std::move(http), deadline);
  const bool well = answer && answer->status / 100 == 2;
  const ErrorKind kind = answer ? kind_of_status(answer->status) : answer.error().kind;
  const char* result = well ? "ok" : to_string(kind);
  deps_.observer.cns_call(request.name, result, deps_.clock.now() - started);
  deps_.log.debug("vcenter={} call={} result={}", options_.vcenter, request.name, result);
  if (!answer) co_return in_context(request.name, std::move(answer).error());
  co_return answer;
}

void TagReader::end_session() {
  if (!login_.established()) return;
  login_.logged_out();
  asio::co_spawn(deps_.executor, log_out(std::move(session_)), rethrow);
}

asio::awaitable<void> TagReader::log_out(Session session) {
  TagRequest request = tag_logout_request(session.api);
  const Outcome<std::string> ended = co_await call(session, std::move(request));
  if (!ended)
    deps_.log.warn("vcenter={} tag_logout=failed error=\"{}\"", options_.vcenter,
                   ended.error().detail);
}

} // namespace syncer
