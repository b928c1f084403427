#pragma once

#include <algorithm>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <string>

#include "net/http.h"

namespace syncer {

constexpr std::uint32_t kMaxHeaderBytes = 64 * 1024;

// Beast's parser, filling plain structs: no allocation beyond the strings themselves.
template <bool kRequest>
class MessageParser final : public boost::beast::http::basic_parser<kRequest> {
 public:
  using Error = boost::beast::error_code;
  using Text = boost::beast::string_view;

  MessageParser() {
    this->header_limit(kMaxHeaderBytes);
    this->eager(true);
  }

  std::string method; // requests
  std::string target; // requests
  int status = 0;     // responses
  int version = 11;
  Headers headers;
  // Body bytes so far. The owner may take them out at any time.
  std::string body;
  bool expects_continue = false;

  // Consumes what it can of `buffer`. need_more is no error but the answer false to is_done().
  Error feed(boost::beast::flat_buffer& buffer) {
    Error error;
    // At least once for a message that is complete with its header; put() never consumes 0 bytes
    // without an error.
    while (buffer.size() > 0 && !this->is_done()) {
      buffer.consume(this->put(buffer.data(), error));
      if (error == boost::beast::http::error::need_more) return Error();
      if (error) return error;
    }
    return error;
  }

 private:
  void on_request_impl(boost::beast::http::verb, Text method_text, Text target_text,
                       int http_version, Error& error) override {
    error = Error();
    version = http_version;
    method.assign(method_text.data(), method_text.size());
    target.assign(target_text.data(), target_text.size());
  }
  void on_response_impl(int code, Text, int http_version, Error& error) override {
    error = Error();
    version = http_version;
    status = code;
  }
  void on_field_impl(boost::beast::http::field name, Text name_text, Text value,
                     Error& error) override {
    error = Error();
    if (name == boost::beast::http::field::expect) {
      expects_continue = boost::beast::iequals(value, "100-continue");
    }
    headers.emplace_back(std::string(name_text.data(), name_text.size()),
                         std::string(value.data(), value.size()));
  }
  void on_header_impl(Error& error) override { error = Error(); }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, Error& error) override {
    error = Error();
    // Only a hint: the peer has not sent these bytes yet.
    constexpr std::uint64_t kMaxReserve = 1024 * 1024;
    if (length) body.reserve(static_cast<std::size_t>(std::min(*length, kMaxReserve)));
  }
  std::size_t on_body_impl(Text bytes, Error& error) override {
    error = Error();
    body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, Text, Error& error) override { error = Error(); }
  std::size_t on_chunk_body_impl(std::uint64_t, Text bytes, Error& error) override {
    return on_body_impl(bytes, error);
  }
  void on_finish_impl(Error& error) override { error = Error(); }
};

using ResponseParser = MessageParser<false>;
using RequestParser = MessageParser<true>;

} // namespace syncer
