#include "sim/vcenter_tags.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace syncer::sim {

namespace {

using nlohmann::json;

constexpr std::string_view kNewRoot = "/api/";
constexpr std::string_view kOldRoot = "/rest/";
constexpr std::string_view kOldBase = "/rest/com/vmware/cis/";
constexpr const char* kTokenHeader = "vmware-api-session-id";

HttpResponse reply(int status, const std::string& body = "") {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "application/json");
  response.body = body;
  return response;
}

// The older API wraps what it answers.
HttpResponse value(bool old, int status, json content) {
  if (old) content = json{{"value", std::move(content)}};
  return reply(status, content.dump());
}

HttpResponse not_found() {
  HttpResponse response = reply(404, "404 page not found\n");
  response.headers.front().second = "text/plain";
  return response;
}

std::optional<std::string> base64_decoded(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); at += 4) {
    unsigned group = 0;
    for (std::size_t i = at; i < at + 4; ++i) {
      const bool pad = i >= text.size() - padding;
      const std::size_t digit = pad ? 0 : kAlphabet.find(text[i]);
      if (digit == std::string_view::npos) return std::nullopt;
      group = group * 64 + static_cast<unsigned>(digit);
    }
    for (const unsigned shift : {16U, 8U, 0U}) bytes += static_cast<char>(group >> shift & 255U);
  }
  bytes.resize(bytes.size() - padding);
  return bytes;
}

} // namespace

bool SimTags::is_tag_path(std::string_view path) {
  return path.starts_with(kNewRoot) || path.starts_with(kOldRoot);
}

std::optional<SimTags::Call> SimTags::read_call(const HttpRequest& request) const {
  Call call;
  std::string_view rest = request.target;
  call.old = rest.starts_with(kOldBase);
  if (call.old ? !options_.serve_rest : !options_.serve_api) return std::nullopt;
  if (!call.old && !rest.starts_with(kNewRoot)) return std::nullopt;
  rest.remove_prefix(call.old ? kOldBase.size() : kNewRoot.size());
  if (rest == "session") {
    if (request.method == "POST") call.name = "TagLogin";
    if (request.method == "DELETE") call.name = "TagLogout";
    return call.name.empty() ? std::nullopt : std::optional(call);
  }
  const std::string_view tagging = call.old ? "tagging/" : "cis/tagging/";
  if (!rest.starts_with(tagging)) return std::nullopt;
  rest.remove_prefix(tagging.size());
  const std::string_view listing = call.old
                                       ? "tag-association?~action=list-attached-tags-on-objects"
                                       : "tag-association?action=list-attached-tags-on-objects";
  if (rest == listing && request.method == "POST") {
    call.name = "ListAttachedTags";
    return call;
  }
  for (const auto& [collection, name] :
       {std::pair<std::string_view, const char*>{"tag/", "GetTag"}, {"category/", "GetCategory"}}) {
    const std::string prefix = std::string(collection) + (call.old ? "id:" : "");
    if (request.method != "GET" || !rest.starts_with(prefix)) continue;
    call.name = name;
    call.id = rest.substr(prefix.size());
    return call;
  }
  return std::nullopt;
}

std::string SimTags::call_of(const HttpRequest& request) const {
  const std::optional<Call> call = read_call(request);
  return call ? call->name : std::string();
}

HttpResponse SimTags::answer(const HttpRequest& request, TimePoint now) {
  const std::optional<Call> call = read_call(request);
  if (!call) return not_found();
  if (call->name == "TagLogin") return log_in(*call, request, now);
  if (header(request.headers, kTokenHeader).empty()) {
    violation(call->name + " without a session id");
    return reply(401);
  }
  if (!logged_in(request, now)) return reply(401);
  if (call->name == "TagLogout") {
    sessions_.erase(std::string(header(request.headers, kTokenHeader)));
    return call->old ? reply(200) : reply(204);
  }
  if (call->name == "ListAttachedTags") return list_attached(*call, request);
  return call->name == "GetTag" ? get_tag(*call) : get_category(*call);
}

HttpResponse SimTags::violation(std::string what) {
  record_.violation("tags: " + what);
  return reply(400, json{{"error_type", "INVALID_ARGUMENT"}, {"messages", json::array()}}.dump());
}

HttpResponse SimTags::log_in(const Call& call, const HttpRequest& request, TimePoint now) {
  if (!request.body.empty()) return violation("a login with a body");
  const std::string_view given = header(request.headers, "Authorization");
  const auto plain = given.starts_with("Basic ") ? base64_decoded(given.substr(6)) : std::nullopt;
  const std::size_t colon = plain ? plain->find(':') : std::string::npos;
  if (colon == std::string::npos) {
    violation("a login without user and password");
    return reply(401);
  }
  if (!accounts_.accepts(plain->substr(0, colon), plain->substr(colon + 1))) return reply(401);
  ++logins_;
  char token[40];
  std::snprintf(token, sizeof token, "tag-session-%016llx",
                static_cast<unsigned long long>(next_id_++ * 0x9e3779b97f4a7c15ULL));
  sessions_[token] = now;
  return value(call.old, call.old ? 200 : 201, token);
}

bool SimTags::logged_in(const HttpRequest& request, TimePoint now) {
  const auto found = sessions_.find(std::string(header(request.headers, kTokenHeader)));
  if (found == sessions_.end()) return false;
  if (now - found->second > options_.session_idle) {
    sessions_.erase(found);
    return false;
  }
  found->second = now;
  return true;
}

HttpResponse SimTags::list_attached(const Call& call, const HttpRequest& request) {
  if (!header(request.headers, "Content-Type").starts_with("application/json")) {
    return violation("a body that is not said to be JSON");
  }
  const json body = json::parse(request.body, nullptr, false);
  if (!body.is_object() || body.size() != 1 || !body.contains("object_ids") ||
      !body["object_ids"].is_array() || body["object_ids"].empty()) {
    return violation("list-attached-tags-on-objects takes object_ids, some");
  }
  json list = json::array();
  for (const json& object : body["object_ids"]) {
    if (!object.is_object() || object.size() != 2 || !object.contains("type") ||
        !object.contains("id") || !object["type"].is_string() || !object["id"].is_string()) {
      return violation("an object is its type and id");
    }
    const auto found = attached_.find(object["id"].get<std::string>());
    if (found == attached_.end() || found->second.second.empty()) continue;
    if (found->second.first.type != object["type"]) {
      return violation("the object is a " + found->second.first.type);
    }
    list.push_back({{"object_id", object}, {"tag_ids", found->second.second}});
  }
  // As a real server does it.
  return value(call.old, 200, list.empty() ? json() : list);
}

HttpResponse SimTags::get_tag(const Call& call) const {
  const auto found = tags_.find(call.id);
  if (found == tags_.end()) return not_found();
  return value(call.old, 200,
               {{"id", found->first},
                {"category_id", found->second.category},
                {"name", found->second.name},
                {"description", ""},
                {"used_by", json::array()}});
}

HttpResponse SimTags::get_category(const Call& call) const {
  const auto found = categories_.find(call.id);
  if (found == categories_.end()) return not_found();
  return value(call.old, 200,
               {{"id", found->first},
                {"name", found->second},
                {"description", ""},
                {"cardinality", "SINGLE"},
                {"associable_types", json::array()},
                {"used_by", json::array()}});
}

std::string SimTags::new_id(const char* type) {
  char id[100];
  std::snprintf(id, sizeof id,
                "urn:vmomi:InventoryService%s:5b0d51e5-0000-4000-8000-%012llx:GLOBAL", type,
                static_cast<unsigned long long>(next_id_++));
  return id;
}

std::string SimTags::category_id(const std::string& name) {
  for (const auto& [id, known] : categories_) {
    if (known == name) return id;
  }
  std::string id = new_id("Category");
  categories_[id] = name;
  return id;
}

std::string SimTags::tag_id(const std::string& category, const std::string& name) {
  const std::string in = category_id(category);
  for (const auto& [id, tag] : tags_) {
    if (tag.category == in && tag.name == name) return id;
  }
  std::string id = new_id("Tag");
  tags_[id] = {name, in};
  return id;
}

void SimTags::attach(const std::string& category, const std::string& tag,
                     const ManagedRef& object) {
  auto& [ref, ids] = attached_[object.id];
  ref = object;
  const std::string id = tag_id(category, tag);
  if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
}

void SimTags::detach(const std::string& category, const std::string& tag) {
  const std::string id = tag_id(category, tag);
  for (auto& [object, held] : attached_) std::erase(held.second, id);
}

void SimTags::forget(const std::string& category, const std::string& tag) {
  tags_.erase(tag_id(category, tag));
}

} // namespace syncer::sim
