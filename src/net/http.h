// net: bytes in and out. HTTP/1.1 over TCP or TLS; the only room that knows Beast and OpenSSL.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/outcome.h"
#include "core/secret.h"

namespace syncer {

using Headers = std::vector<std::pair<std::string, std::string>>;

// First value of a header, names compared without case; empty when absent.
std::string_view header(const Headers& headers, std::string_view name);

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/"; // path and query, already escaped
  Headers headers;          // Host, Content-Length and Connection are added by the client
  std::string body;
  // A request that changes nothing may be sent again by the client itself when a kept-alive
  // connection turns out to be closed. Anything else comes back as an Error instead.
  bool idempotent = false;
  // Asked once the connection (TCP and TLS) stands, directly before the first byte is written.
  // Answering false gives kCancelled with unsent=true. Empty means always.
  std::function<bool()> may_send;
};

// An answer with any status is a successful exchange; what 404 or 503 means is the caller's matter.
struct HttpResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

// The body of one answer while it arrives. Destroying it closes the connection.
class HttpStream {
 public:
  virtual ~HttpStream() = default;
  virtual int status() const = 0;
  virtual const Headers& headers() const = 0;
  // The next bytes, at least one. An empty view is the clean end (last chunk or Content-Length
  // reached). The view is valid until the next call. kTransient: the connection was cut or nothing
  // came before `deadline`.
  virtual asio::awaitable<Outcome<std::string_view>> read_some(Clock::time_point deadline) = 0;
};

// One origin (scheme, host, port), a pool of kept-alive connections. Requests run concurrently,
// each on a connection of its own. Errors: kTransient for everything between us and the server
// (name, connect, TLS, reset, deadline), with `unsent` true if no byte of the request was written.
// All bodies are capped by ClientOptions::max_body.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual asio::awaitable<Outcome<HttpResponse>> send(HttpRequest request,
                                                      Clock::time_point deadline) = 0;
  // `deadline` covers everything up to the header of the answer.
  virtual asio::awaitable<Outcome<std::unique_ptr<HttpStream>>> open_stream(
      HttpRequest request, Clock::time_point deadline) = 0;
  // When the certificate that the server showed last expires; nothing before the first, or without
  // TLS.
  virtual std::optional<std::chrono::system_clock::time_point> certificate_expiry() const {
    return std::nullopt;
  }
};

struct TlsOptions {
  bool insecure = false;   // do not verify the peer at all
  std::string ca_pem;      // trust exactly these; empty: the system's roots
  std::string server_name; // name to verify and to send as SNI; empty: the host
  // SHA-1 or SHA-256 of the server certificate as hex, with or without colons. Not empty: a peer
  // whose certificate matches one of them is trusted whoever signed it, and no other is.
  std::vector<std::string> thumbprints;
  std::string client_cert_pem; // with client_key_pem: client authentication
  Secret client_key_pem;
};

struct ClientOptions {
  std::string host; // name, IPv4 or IPv6 without brackets
  std::uint16_t port = 443;
  bool tls = true;
  TlsOptions tls_options;
  std::size_t max_idle = 32;                // kept-alive connections
  std::chrono::seconds idle_timeout{60};    // closed after this long unused
  std::chrono::seconds connect_timeout{10}; // name + TCP + TLS
  std::uint64_t max_body = 256ULL * 1024 * 1024;
};

// kRejected: the TLS material cannot be used; the detail says which part and why.
Outcome<std::unique_ptr<HttpClient>> create_beast_http_client(asio::any_io_executor executor,
                                                              ClientOptions options);

} // namespace syncer
