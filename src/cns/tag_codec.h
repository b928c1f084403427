// Tags over the vSphere Automation REST API: requests and answers as text. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cns/soap.h"
#include "core/outcome.h"
#include "core/secret.h"

namespace syncer {

// Where the API is: /api since 7.0U2, /rest before and still on most servers.
enum class TagApi { kNew, kOld };

struct TagRequest {
  const char* name = ""; // of the call, in metrics and messages
  std::string method = "GET";
  std::string target;
  std::string body; // JSON; empty: none
};

TagRequest tag_login_request(TagApi api);
TagRequest tag_logout_request(TagApi api);
TagRequest attached_tags_request(TagApi api, const std::vector<ManagedRef>& objects);
// kRejected: the id is none that a vCenter gives, and must not become part of a path.
Outcome<TagRequest> tag_request(TagApi api, const std::string& id);
Outcome<TagRequest> category_request(TagApi api, const std::string& id);

struct Tag {
  std::string name;
  std::string category; // id
};

// kTransient: the answer is not what this call answers.
Outcome<Secret> read_tag_token(TagApi api, std::string_view body);
// Ids of tags by id of the object; objects without tags may be missing.
Outcome<std::map<std::string, std::vector<std::string>>> read_attached_tags(TagApi api,
                                                                            std::string_view body);
Outcome<Tag> read_tag(TagApi api, std::string_view body);
Outcome<std::string> read_category_name(TagApi api, std::string_view body);

} // namespace syncer
