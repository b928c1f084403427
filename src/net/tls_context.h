#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/outcome.h"
#include "net/http.h"

namespace syncer {

// What a client needs for TLS: certificates to trust and to show, and how to judge the peer.
struct ClientTls {
  ClientTls() : context(asio::ssl::context::tls_client) {}
  asio::ssl::context context;
  bool insecure = false;
  std::vector<std::string> thumbprints; // lower case hex, no colons
  // Of the latest connection, offered to the next one: most reconnects need no full handshake.
  std::shared_ptr<SSL_SESSION> session;
};

// TLS 1.2 or newer, ALPN http/1.1. kRejected: unusable material; the detail says which part.
Outcome<std::shared_ptr<ClientTls>> make_client_tls(const TlsOptions& options);

// `client_ca_pem` may be empty: then client certificates are not asked for.
Outcome<std::shared_ptr<asio::ssl::context>> make_server_tls(const std::string& cert_pem,
                                                             const Secret& key_pem,
                                                             const std::string& client_ca_pem);

// Before a client handshake: the session to resume, SNI (for names) and the name or IP address to
// verify. `problem`, which must outlive the handshake, receives why the peer was refused.
bool prepare_client(SSL* ssl, const ClientTls& tls, const std::string& name, std::string* problem);

} // namespace syncer
