#include <nlohmann/json.hpp>
#include <utility>
#include <variant>

#include "sim/kube_core.h"
#include "sim/kube_encode.h"

namespace syncer::sim {

namespace {

constexpr std::size_t kChunk = 128 * 1024;

struct ListPlan {
  ListMeta meta;
  std::vector<KubeObjectPtr> items;
};

using Planned = std::variant<KubeStatus, ListPlan>;

constexpr const char* kListOptions = "ListOptions.meta.k8s.io";

// Where the next page starts: at the first key that is not less than `start`, in the state of
// `version`; 0 means the present state ("inconsistent").
struct Token {
  std::uint64_t version = 0;
  std::string start;
};

// Hex keeps the token opaque and safe in a query.
std::string encode_token(const Token& token) {
  const std::string text = json{{"rv", token.version}, {"start", token.start}}.dump();
  std::string out;
  for (const char c : text) {
    constexpr const char* kDigits = "0123456789abcdef";
    out.push_back(kDigits[static_cast<unsigned char>(c) >> 4U]);
    out.push_back(kDigits[static_cast<unsigned char>(c) & 0xfU]);
  }
  return out;
}

std::optional<Token> decode_token(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes += percent_decode("%" + text.substr(i, 2), false);
  }
  const json value = json::parse(bytes, nullptr, false);
  if (!value.is_object() || !value.contains("rv") || !value.contains("start")) return std::nullopt;
  return Token{value["rv"].get<std::uint64_t>(), value["start"].get<std::string>()};
}

bool in_scope(const KubeRequest& request, const KubeObject& object) {
  return (request.ns.empty() || object.ns == request.ns) && request.selector.matches(object);
}

// Pages only where the real server does: from the cache a limit is ignored.
std::size_t page_size(const KubeCore& core, const KubeRequest& request) {
  const std::size_t limit = parse_version(request.param("limit")).value_or(0);
  const bool cached = core.behaviour.watch_cache && request.param("resourceVersion") == "0" &&
                      request.param("continue").empty();
  return cached ? 0 : limit;
}

ListPlan make_page(const KubeObjects& objects, const KubeRequest& request, std::uint64_t version,
                   const std::string& start, std::size_t limit) {
  ListPlan plan;
  plan.meta.version = version;
  auto at = objects.lower_bound(start);
  for (; at != objects.end(); ++at) {
    if (!in_scope(request, *at->second)) continue;
    if (limit != 0 && plan.items.size() == limit) break;
    plan.items.push_back(at->second);
  }
  if (at == objects.end()) return plan;
  plan.meta.next = encode_token({version, at->first});
  if (request.selector.empty()) {
    plan.meta.remaining = 0;
    for (; at != objects.end(); ++at) *plan.meta.remaining += in_scope(request, *at->second);
  }
  return plan;
}

Planned plan_next_page(const KubeCore& core, const KubeRequest& request) {
  if (!request.param("resourceVersion").empty() && request.param("resourceVersion") != "0") {
    return invalid(kListOptions, "", "resourceVersion", "FieldValueForbidden",
                   "Forbidden: not together with continue");
  }
  if (!request.param("resourceVersionMatch").empty()) {
    return invalid(kListOptions, "", "resourceVersionMatch", "FieldValueForbidden",
                   "Forbidden: not together with continue");
  }
  const auto token = decode_token(request.param("continue"));
  if (!token) return bad_request("continue key is not valid");
  const KubeStore& store = core.store;
  const std::size_t limit = page_size(core, request);
  if (token->version == 0) {
    return make_page(store.objects(*request.resource), request, store.version(), token->start,
                     limit);
  }
  const auto objects = store.objects_at(*request.resource, token->version);
  if (!objects) {
    KubeStatus status = expired("The provided continue parameter is too old");
    status.next = encode_token({0, token->start});
    return status;
  }
  return make_page(*objects, request, token->version, token->start, limit);
}

Planned plan_list(const KubeCore& core, const KubeRequest& request) {
  if (!request.param("continue").empty()) return plan_next_page(core, request);
  const KubeStore& store = core.store;
  const std::string text = request.param("resourceVersion");
  const std::string match = request.param("resourceVersionMatch");
  const auto asked = parse_version(text.empty() ? "0" : text);
  if (!asked) {
    return invalid(kListOptions, "", "resourceVersion", "FieldValueInvalid",
                   "Invalid value: \"" + text + "\"");
  }
  if (!request.param("sendInitialEvents").empty()) {
    return invalid(kListOptions, "", "sendInitialEvents", "FieldValueForbidden",
                   "Forbidden: sendInitialEvents is forbidden for list");
  }
  if (!match.empty() && (text.empty() || (match != "Exact" && match != "NotOlderThan") ||
                         (match == "Exact" && *asked == 0))) {
    return invalid(kListOptions, "", "resourceVersionMatch", "FieldValueForbidden",
                   "Forbidden: does not fit the resourceVersion");
  }
  if (*asked > store.version()) return too_large_version(*asked, store.version());
  const std::size_t limit = page_size(core, request);
  if (match == "Exact") {
    const auto objects = store.objects_at(*request.resource, *asked);
    if (!objects) return expired("The resourceVersion for the provided list is too old.");
    return make_page(*objects, request, *asked, "", limit);
  }
  return make_page(store.objects(*request.resource), request, store.version(), "", limit);
}

} // namespace

HttpResponse answer_get(const KubeStore& store, const KubeRequest& request) {
  const KubeObjectPtr object = store.find(*request.resource, request.ns, request.name);
  if (!object) {
    return status_response(
        not_found(request.resource->group, request.resource->plural, request.name),
        request.encoding);
  }
  return object_response(200, *request.resource, *object, request.encoding);
}

asio::awaitable<void> serve_list(KubeCorePtr core, ServerExchange& exchange,
                                 const KubeRequest& request) {
  Planned planned = plan_list(*core, request);
  if (const KubeStatus* refused = std::get_if<KubeStatus>(&planned)) {
    core->count(request, exchange.request(), refused->code);
    HttpResponse response = status_response(*refused, request.encoding);
    co_await exchange.reply(std::move(response));
    co_return;
  }
  core->count(request, exchange.request(), 200);
  const ListPlan plan = std::get<ListPlan>(std::move(planned));
  ListEncoder encoder(*request.resource, request.encoding, plan.meta, plan.items);
  Headers headers;
  headers.emplace_back("Content-Type", std::string(content_type(request.encoding)));
  const bool started = co_await exchange.start_stream(200, std::move(headers));
  if (!started) co_return;

  KubeStream stream(*core, exchange);
  std::string chunk = encoder.head();
  for (const KubeObjectPtr& item : plan.items) {
    encoder.append_item(chunk, *item);
    if (chunk.size() < kChunk) continue;
    const bool sent = co_await stream.send(std::exchange(chunk, std::string()));
    if (!sent) co_return;
  }
  chunk += encoder.tail();
  const bool sent = co_await stream.send(std::move(chunk));
  if (!sent) co_return;
  co_await exchange.finish();
}

} // namespace syncer::sim
