#include "sim/vcenter_disk_url.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace syncer::sim {

namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// `+` stays: this is no HTML form.
std::optional<std::string> decoded(std::string_view text, bool blanks_allowed) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7f || (c == ' ' && !blanks_allowed)) return std::nullopt;
    if (c != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = digit_of(text[i + 1]);
    const int low = digit_of(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// Empty: fine.
std::string read_authority(std::string_view authority, std::string& host) {
  if (authority.find('@') != std::string_view::npos) return "user names are not allowed";
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  const bool port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  if (port && authority.substr(colon) != ":443") return "a port other than 443";
  host = authority.substr(0, port ? colon : authority.size());
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  for (char& c : host) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return host.empty() ? "no host" : "";
}

std::string read_query(std::string_view query, DiskUrl& url) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    std::string_view part = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    std::string* value = take_prefix(part, "dcPath=")   ? &url.datacenter
                         : take_prefix(part, "dsName=") ? &url.datastore_name
                                                        : nullptr;
    if (!value) return "unknown query parameter \"" + std::string(part) + "\"";
    const std::optional<std::string> text = decoded(part, false);
    if (!text || text->empty()) return "a query parameter is empty or badly encoded";
    if (!value->empty()) return "a query parameter occurs twice";
    *value = *text;
  }
  if (url.datacenter.empty()) return "dcPath is missing";
  return url.datastore_name.empty() ? "dsName is missing" : "";
}

std::string read(std::string_view text, DiskUrl& url) {
  if (text.find('#') != std::string_view::npos) return "a fragment is not allowed";
  if (!take_prefix(text, "https://")) return "the scheme is not https";
  const std::size_t slash = std::min(text.find('/'), text.size());
  std::string wrong = read_authority(text.substr(0, slash), url.host);
  if (!wrong.empty()) return wrong;
  text.remove_prefix(slash);
  if (!take_prefix(text, "/folder/")) return "the path does not begin with /folder/";
  const std::size_t mark = std::min(text.find('?'), text.size());
  const std::optional<std::string> path = decoded(text.substr(0, mark), true);
  if (!path || path->empty()) return "the path is empty or badly encoded";
  url.path = *path;
  return read_query(text.substr(std::min(mark + 1, text.size())), url);
}

} // namespace

DiskUrl read_disk_url(std::string_view text) {
  DiskUrl url;
  url.wrong = read(text, url);
  return url;
}

} // namespace syncer::sim
