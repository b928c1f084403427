#include "cns/tag_codec.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace syncer {

namespace {

using nlohmann::json;

Error unreadable(const char* what) {
  Error error;
  error.detail = std::string("the answer has no ") + what;
  return error;
}

// The content of an answer; the old API wraps it. Null when it is no JSON.
json content_of(TagApi api, std::string_view body) {
  json document = json::parse(body, nullptr, false);
  if (document.is_discarded()) return nullptr;
  if (api == TagApi::kNew) return document;
  if (!document.is_object()) return nullptr;
  const auto value = document.find("value");
  return value == document.end() ? json() : *value;
}

std::string text_at(const json& object, const char* key) {
  if (!object.is_object()) return {};
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// "urn:vmomi:InventoryServiceTag:5b0d...:GLOBAL"
bool is_urn(const std::string& id) {
  return !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' ||
           c == '-' || c == '_' || c == '.';
  });
}

Outcome<TagRequest> read_request(TagApi api, const char* name, const char* collection,
                                 const std::string& id) {
  if (!is_urn(id)) return Error{ErrorKind::kRejected, std::string(name) + ": unusable id " + id};
  TagRequest request;
  request.name = name;
  request.target =
      std::string(api == TagApi::kNew ? "/api/cis/tagging/" : "/rest/com/vmware/cis/tagging/") +
      collection + (api == TagApi::kNew ? "/" : "/id:") + id;
  return request;
}

const char* session_path(TagApi api) {
  return api == TagApi::kNew ? "/api/session" : "/rest/com/vmware/cis/session";
}

} // namespace

TagRequest tag_login_request(TagApi api) {
  TagRequest request;
  request.name = "TagLogin";
  request.method = "POST";
  request.target = session_path(api);
  return request;
}

TagRequest tag_logout_request(TagApi api) {
  TagRequest request;
  request.name = "TagLogout";
  request.method = "DELETE";
  request.target = session_path(api);
  return request;
}

TagRequest attached_tags_request(TagApi api, const std::vector<ManagedRef>& objects) {
  json ids = json::array();
  for (const ManagedRef& object : objects) {
    json one;
    one["type"] = object.type;
    one["id"] = object.id;
    ids.push_back(std::move(one));
  }
  json body;
  body["object_ids"] = std::move(ids);
  TagRequest request;
  request.name = "ListAttachedTags";
  request.method = "POST";
  request.target = api == TagApi::kNew ? "/api/cis/tagging/tag-association?action="
                                       : "/rest/com/vmware/cis/tagging/tag-association?~action=";
  request.target += "list-attached-tags-on-objects";
  request.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  return request;
}

Outcome<TagRequest> tag_request(TagApi api, const std::string& id) {
  return read_request(api, "GetTag", "tag", id);
}

Outcome<TagRequest> category_request(TagApi api, const std::string& id) {
  return read_request(api, "GetCategory", "category", id);
}

Outcome<Secret> read_tag_token(TagApi api, std::string_view body) {
  const json token = content_of(api, body);
  if (!token.is_string() || token.get_ref<const std::string&>().empty()) {
    return unreadable("session id");
  }
  return Secret(token.get<std::string>());
}

Outcome<std::map<std::string, std::vector<std::string>>> read_attached_tags(TagApi api,
                                                                            std::string_view body) {
  std::map<std::string, std::vector<std::string>> attached;
  const json list = content_of(api, body);
  if (list.is_null() && !json::accept(body)) return unreadable("list of tags");
  // No tags at all may come as null.
  if (list.is_null()) return attached;
  if (!list.is_array()) return unreadable("list of tags");
  for (const json& one : list) {
    if (!one.is_object()) return unreadable("list of tags");
    const auto object = one.find("object_id");
    const std::string id = object == one.end() ? std::string() : text_at(*object, "id");
    if (id.empty()) return unreadable("object id");
    const auto tags = one.find("tag_ids");
    if (tags == one.end() || !tags->is_array()) continue;
    for (const json& tag : *tags) {
      if (tag.is_string()) attached[id].push_back(tag.get<std::string>());
    }
  }
  return attached;
}

Outcome<Tag> read_tag(TagApi api, std::string_view body) {
  const json object = content_of(api, body);
  Tag tag{text_at(object, "name"), text_at(object, "category_id")};
  if (tag.name.empty() || tag.category.empty()) return unreadable("tag");
  return tag;
}

Outcome<std::string> read_category_name(TagApi api, std::string_view body) {
  std::string name = text_at(content_of(api, body), "name");
  if (name.empty()) return unreadable("category name");
  return name;
}

} // namespace syncer
