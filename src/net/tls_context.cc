#include "net/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cctype>

namespace syncer {

namespace {

constexpr unsigned char kAlpn[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

template <class T, void (*kFree)(T*)>
struct Free {
  void operator()(T* object) const { kFree(object); }
};
using BioPtr = std::unique_ptr<BIO, Free<BIO, BIO_free_all>>;
using X509Ptr = std::unique_ptr<X509, Free<X509, X509_free>>;

Error rejected(const std::string& what) {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  Error error;
  error.kind = ErrorKind::kRejected;
  error.detail = reason ? what + ": " + reason : what;
  return error;
}

// Where an SSL keeps the text of its refusal. Slot 0 is Asio's own.
int problem_slot() {
  static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return slot;
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string printed(const X509_NAME* name) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
  return text_of(bio.get());
}

std::string printed(const ASN1_TIME* time) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  ASN1_TIME_print(bio.get(), time);
  return text_of(bio.get());
}

std::string fingerprint(const X509* certificate, const EVP_MD* digest) {
  static constexpr char kHex[] = "0123456789abcdef";
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  std::string hex;
  if (X509_digest(certificate, digest, bytes, &size) != 1) return hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex += kHex[bytes[i] >> 4];
    hex += kHex[bytes[i] & 15];
  }
  return hex;
}

struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

// The names that the certificate is for; GENERAL_NAME_print shows them as openssl does.
std::string alternative_names(const X509* peer) {
  constexpr int kMost = 16;
  constexpr std::size_t kMostText = 512;
  const std::unique_ptr<GENERAL_NAMES, FreeNames> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(peer, NID_subject_alt_name, nullptr, nullptr)));
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  const BioPtr bio(BIO_new(BIO_s_mem()));
  for (int i = 0; i < std::min(count, kMost); ++i) {
    if (i > 0) BIO_puts(bio.get(), ", ");
    GENERAL_NAME_print(bio.get(), sk_GENERAL_NAME_value(names.get(), i));
  }
  if (count > kMost) BIO_puts(bio.get(), ", ...");
  return count == 0 ? "no names" : "names " + text_of(bio.get()).substr(0, kMostText);
}

std::string describe(const std::string& reason, X509* peer) {
  if (!peer) return reason;
  return reason + " (subject \"" + printed(X509_get_subject_name(peer)) + "\", issuer \"" +
         printed(X509_get_issuer_name(peer)) + "\", " + alternative_names(peer) + ", expires " +
         printed(X509_get0_notAfter(peer)) + ", SHA-256 " + fingerprint(peer, EVP_sha256()) + ")";
}

// Replaces OpenSSL's judgement of the whole chain. 1 accepts.
int judge_peer(X509_STORE_CTX* store, void* argument) {
  const auto& tls = *static_cast<const ClientTls*>(argument);
  if (tls.insecure) return 1;
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* problem = static_cast<std::string*>(SSL_get_ex_data(ssl, problem_slot()));
  X509* peer = X509_STORE_CTX_get0_cert(store);

  if (!tls.thumbprints.empty()) {
    const std::string sha1 = fingerprint(peer, EVP_sha1());
    const std::string sha256 = fingerprint(peer, EVP_sha256());
    const bool known = std::any_of(
        tls.thumbprints.begin(), tls.thumbprints.end(),
        [&](const std::string& thumbprint) { return thumbprint == sha1 || thumbprint == sha256; });
    if (known) {
      X509_STORE_CTX_set_error(store, X509_V_OK);
      return 1;
    }
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
    if (problem) *problem = describe("certificate matches no configured thumbprint", peer);
    return 0;
  }

  const int verified = X509_verify_cert(store);
  if (verified == 1) return 1;
  const int code = X509_STORE_CTX_get_error(store);
  if (problem) *problem = describe(X509_verify_cert_error_string(code), peer);
  return 0;
}

// Slot of an SSL_CTX that points back to its ClientTls.
int client_slot() {
  static const int slot = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return slot;
}

// OpenSSL hands over a session to remember. 1: it is ours now.
int keep_session(SSL* ssl, SSL_SESSION* session) {
  void* owner = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), client_slot());
  static_cast<ClientTls*>(owner)->session.reset(session, SSL_SESSION_free);
  return 1;
}

Outcome<std::vector<std::string>> clean_thumbprints(const std::vector<std::string>& thumbprints) {
  std::vector<std::string> cleaned;
  for (const std::string& thumbprint : thumbprints) {
    std::string hex;
    bool sound = true;
    for (const char c : thumbprint) {
      if (c == ':' || c == ' ') continue;
      sound = sound && std::isxdigit(static_cast<unsigned char>(c));
      hex += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    if (!sound || (hex.size() != 40 && hex.size() != 64)) {
      return rejected("thumbprint \"" + thumbprint + "\" is neither SHA-1 nor SHA-256 in hex");
    }
    cleaned.push_back(std::move(hex));
  }
  return cleaned;
}

// Trusts every certificate of the text; false when there is none or one is broken.
bool add_roots(SSL_CTX* context, const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  int added = 0;
  for (;;) {
    const X509Ptr root(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!root) break;
    if (X509_STORE_add_cert(store, root.get()) != 1) return false;
    ++added;
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (at_end) ERR_clear_error();
  // A trusted certificate need not be a self-signed one: an intermediate or the server's own will
  // do.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  return at_end && added > 0;
}

// Answers whether certificate and key were taken, and belong together.
Outcome<> use_identity(asio::ssl::context& context, const std::string& cert_pem,
                       const Secret& key_pem) {
  boost::system::error_code error;
  ERR_clear_error();
  context.use_certificate_chain(asio::buffer(cert_pem), error);
  if (error) return rejected("certificate: " + error.message());
  context.use_private_key(asio::buffer(key_pem.reveal()), asio::ssl::context::pem, error);
  if (error) return rejected("private key: " + error.message());
  if (SSL_CTX_check_private_key(context.native_handle()) != 1) {
    return rejected("certificate and private key do not belong together");
  }
  return Done();
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in,
                    unsigned int in_size, void*) {
  unsigned char* chosen = nullptr;
  const int answer = SSL_select_next_proto(&chosen, size, kAlpn, sizeof kAlpn, in, in_size);
  *out = chosen;
  return answer == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

// A key asked for with a passphrase must fail, not read the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

} // namespace

Outcome<std::shared_ptr<ClientTls>> make_client_tls(const TlsOptions& options) {
  auto tls = std::make_shared<ClientTls>();
  SSL_CTX* context = tls->context.native_handle();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_alpn_protos(context, kAlpn, sizeof kAlpn);
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);

  Outcome<std::vector<std::string>> thumbprints = clean_thumbprints(options.thumbprints);
  if (!thumbprints) return std::move(thumbprints).error();
  tls->thumbprints = std::move(thumbprints).value();
  tls->insecure = options.insecure;

  if (!options.ca_pem.empty()) {
    if (!add_roots(context, options.ca_pem)) return rejected("CA certificates cannot be read");
  } else if (SSL_CTX_set_default_verify_paths(context) != 1) {
    return rejected("the system's root certificates cannot be read");
  }
  if (!options.client_cert_pem.empty() || !options.client_key_pem.empty()) {
    const Outcome<> used =
        use_identity(tls->context, options.client_cert_pem, options.client_key_pem);
    if (!used) return in_context("client", used.error());
  }
  SSL_CTX_set_verify(context, tls->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, judge_peer, tls.get());
  SSL_CTX_set_ex_data(context, client_slot(), tls.get());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, keep_session);
  return tls;
}

Outcome<std::shared_ptr<asio::ssl::context>> make_server_tls(const std::string& cert_pem,
                                                             const Secret& key_pem,
                                                             const std::string& client_ca_pem) {
  auto tls = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX* context = tls->native_handle();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);

  const Outcome<> used = use_identity(*tls, cert_pem, key_pem);
  if (!used) return in_context("server", used.error());
  if (!client_ca_pem.empty()) {
    if (!add_roots(context, client_ca_pem))
      return rejected("client CA certificates cannot be read");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    // Without it OpenSSL refuses to resume sessions that carry a client certificate.
    constexpr unsigned char kSessionId[] = "syncer";
    SSL_CTX_set_session_id_context(context, kSessionId, sizeof kSessionId - 1);
  }
  return tls;
}

bool prepare_client(SSL* ssl, const ClientTls& tls, const std::string& name, std::string* problem) {
  if (tls.session) SSL_set_session(ssl, tls.session.get());
  SSL_set_ex_data(ssl, problem_slot(), problem);
  X509_VERIFY_PARAM* verify = SSL_get0_param(ssl);
  boost::system::error_code not_an_address;
  asio::ip::make_address(name, not_an_address);
  if (!not_an_address) return X509_VERIFY_PARAM_set1_ip_asc(verify, name.c_str()) == 1;
  X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_host(verify, name.c_str(), name.size()) == 1 &&
         SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
}

} // namespace syncer
