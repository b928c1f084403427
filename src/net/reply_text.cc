#include "net/reply_text.h"

#include <charconv>

namespace syncer {

namespace {

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "Payload Too Large";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Entity";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";
  }
}

void write_start(int status, const Headers& headers, const ReplyForm& form, std::string& out) {
  out.assign("HTTP/1.1 ").append(std::to_string(status)).append(" ").append(reason(status));
  out.append("\r\n");
  for (const auto& [name, value] : headers) {
    out.append(name).append(": ").append(value).append("\r\n");
  }
  if (form.close) {
    out.append("Connection: close\r\n");
  } else if (form.old_client) {
    out.append("Connection: keep-alive\r\n");
  }
}

bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

} // namespace

void write_reply(const HttpResponse& response, const ReplyForm& form, std::string& out) {
  write_start(response.status, response.headers, form, out);
  const bool bodiless = has_no_body(response.status);
  if (!bodiless && header(response.headers, "Content-Length").empty()) {
    out.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
  }
  out.append("\r\n");
  if (!bodiless && !form.head) out.append(response.body);
}

void write_stream_header(int status, const Headers& headers, const ReplyForm& form,
                         std::string& out) {
  write_start(status, headers, form, out);
  if (!form.old_client) out.append("Transfer-Encoding: chunked\r\n");
  out.append("\r\n");
}

void write_chunk(std::string_view data, std::string& out) {
  char size[20];
  const auto end = std::to_chars(size, size + sizeof size, data.size(), 16).ptr;
  out.assign(size, end).append("\r\n").append(data).append("\r\n");
}

} // namespace syncer
