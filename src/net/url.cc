#include "net/url.h"

#include <algorithm>
#include <boost/asio/ip/address_v6.hpp>
#include <charconv>

namespace syncer {

namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_host_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_';
  });
}

bool is_path(std::string_view text) {
  return text.empty() ||
         ((text[0] == '/' || text[0] == '?') && std::all_of(text.begin(), text.end(), [](char c) {
            return c > ' ' && c < 0x7f && c != '#';
          }));
}

bool take_scheme(std::string_view& text, bool& tls) {
  const std::size_t end = text.find("://");
  if (end == std::string_view::npos) return false;
  std::string scheme(text.substr(0, end));
  for (char& c : scheme) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  tls = scheme == "https";
  text.remove_prefix(end + 3);
  return tls || scheme == "http";
}

bool take_host(std::string_view& text, std::string& host) {
  if (text.substr(0, 1) == "[") {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    boost::system::error_code error;
    boost::asio::ip::make_address_v6(host, error);
    return !error;
  }
  const std::size_t end = std::min(text.find_first_of(":/?"), text.size());
  host = text.substr(0, end);
  text.remove_prefix(end);
  return is_host_name(host);
}

bool take_port(std::string_view& text, std::uint16_t& port) {
  if (text.substr(0, 1) != ":") return true;
  text.remove_prefix(1);
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  const auto [stop, error] = std::from_chars(text.data(), text.data() + end, port);
  const bool whole = stop == text.data() + end;
  text.remove_prefix(end);
  return error == std::errc() && whole && port != 0;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

} // namespace

Outcome<Url> parse_url(std::string_view text) {
  Url url;
  std::string_view rest = text;
  bool sound = take_scheme(rest, url.tls);
  url.port = url.tls ? 443 : 80;
  sound = sound && take_host(rest, url.host) && take_port(rest, url.port) && is_path(rest);
  if (!sound) {
    Error error;
    error.kind = ErrorKind::kRejected;
    error.detail = "not an http or https address: \"" + std::string(text) + "\"";
    return error;
  }
  url.path = rest;
  return url;
}

std::string percent_encode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool escape = text[at] == '%' && at + 2 < text.size();
    const int high = escape ? hex_digit(text[at + 1]) : -1;
    const int low = escape ? hex_digit(text[at + 2]) : -1;
    if (high < 0 || low < 0) {
      out += text[at];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return out;
}

} // namespace syncer
