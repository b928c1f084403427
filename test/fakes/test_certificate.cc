#include "fakes/test_certificate.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace syncer {

namespace {

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Free<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Free<BIO_free_all>>;

void must(bool fine, const char* what) {
  if (fine) return;
  std::fprintf(stderr, "test certificate: %s failed\n", what);
  std::abort();
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

KeyPtr make_key() {
  KeyPtr key(EVP_EC_gen("P-256"));
  must(key != nullptr, "making a key");
  return key;
}

CertificatePtr blank(EVP_PKEY* key, const std::string& common_name,
                     std::chrono::seconds valid_for) {
  CertificatePtr certificate(X509_new());
  must(X509_set_version(certificate.get(), X509_VERSION_3) == 1, "version");
  unsigned char serial[8];
  must(RAND_bytes(serial, sizeof serial) == 1, "serial number");
  serial[0] &= 0x7f;
  const std::unique_ptr<BIGNUM, Free<BN_free>> number(BN_bin2bn(serial, sizeof serial, nullptr));
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get()));
  const long seconds = static_cast<long>(valid_for.count());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), std::min(0L, seconds) - 3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), seconds);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  const auto* text = reinterpret_cast<const unsigned char*>(common_name.c_str());
  must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1, "subject");
  must(X509_set_pubkey(certificate.get(), key) == 1, "public key");
  return certificate;
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  must(extension != nullptr, value.c_str());
  must(X509_add_ext(certificate, extension.get(), -1) == 1, "adding an extension");
}

std::string pem_of(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  must(PEM_write_bio_X509(bio.get(), certificate) == 1, "writing a certificate");
  return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  must(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
       "writing a key");
  return text_of(bio.get());
}

std::string digest_of(X509* certificate, const EVP_MD* digest) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  must(X509_digest(certificate, digest, bytes, &size) == 1, "digest");
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    char pair[3];
    std::snprintf(pair, sizeof pair, "%02X", bytes[i]);
    hex += pair;
  }
  return hex;
}

} // namespace

struct TestAuthority::Keys {
  KeyPtr key;
  CertificatePtr certificate;
  std::string pem;
};

TestAuthority::TestAuthority(const std::string& common_name) : keys_(std::make_unique<Keys>()) {
  keys_->key = make_key();
  keys_->certificate = blank(keys_->key.get(), common_name, std::chrono::hours(48));
  X509* certificate = keys_->certificate.get();
  must(X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) == 1, "issuer");
  add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(certificate, certificate, NID_subject_key_identifier, "hash");
  must(X509_sign(certificate, keys_->key.get(), EVP_sha256()) > 0, "signing");
  keys_->pem = pem_of(certificate);
}

TestAuthority::~TestAuthority() = default;

const std::string& TestAuthority::ca_pem() const { return keys_->pem; }

TestIdentity TestAuthority::issue(const TestSubject& subject) const {
  const KeyPtr key = make_key();
  const CertificatePtr certificate = blank(key.get(), subject.common_name, subject.valid_for);
  X509* issuer = keys_->certificate.get();
  must(X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer)) == 1, "issuer");
  add_extension(certificate.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), issuer, NID_ext_key_usage, "serverAuth,clientAuth");
  std::string names;
  for (const std::string& dns : subject.dns_names)
    names += (names.empty() ? "DNS:" : ",DNS:") + dns;
  for (const std::string& ip : subject.ip_addresses) names += (names.empty() ? "IP:" : ",IP:") + ip;
  if (!names.empty()) add_extension(certificate.get(), issuer, NID_subject_alt_name, names);
  must(X509_sign(certificate.get(), keys_->key.get(), EVP_sha256()) > 0, "signing");

  TestIdentity identity;
  identity.cert_pem = pem_of(certificate.get());
  identity.key_pem = pem_of(key.get());
  identity.sha256 = digest_of(certificate.get(), EVP_sha256());
  identity.sha1 = digest_of(certificate.get(), EVP_sha1());
  return identity;
}

} // namespace syncer
