#include "net/request_text.h"

#include <algorithm>

namespace syncer {

namespace {

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7f &&
           std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
  });
}

bool is_target(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool is_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool wants_length(const HttpRequest& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" ||
         request.method == "PATCH";
}

} // namespace

bool write_request(const HttpRequest& request, const std::string& host_header, std::string& out) {
  if (!is_token(request.method) || !is_target(request.target)) return false;
  out.clear();
  out.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\nHost: ");
  out.append(host_header).append("\r\n");
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name) || !is_value(value)) return false;
    out.append(name).append(": ").append(value).append("\r\n");
  }
  if (wants_length(request)) {
    out.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  }
  out.append("\r\n").append(request.body);
  return true;
}

std::string host_header(const std::string& host, std::uint16_t port, bool tls) {
  const bool bare_ipv6 = host.find(':') != std::string::npos;
  std::string text = bare_ipv6 ? "[" + host + "]" : host;
  if (port != (tls ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

} // namespace syncer
