#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace syncer {

struct TestIdentity {
  std::string cert_pem;
  std::string key_pem;
  std::string sha256; // of the certificate, as hex
  std::string sha1;
};

// What a certificate says. The default suits a server on loopback.
struct TestSubject {
  std::string common_name = "localhost";
  std::vector<std::string> dns_names = {"localhost"};
  std::vector<std::string> ip_addresses = {"127.0.0.1", "::1"};
  // Relative to now; a negative one makes an expired certificate.
  std::chrono::seconds valid_for = std::chrono::hours(24);
};

// A certificate authority made on the spot; its certificates are trusted by nobody else.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& common_name = "syncer test authority");
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  const std::string& ca_pem() const;
  // For a server as well as for a client. Aborts when OpenSSL refuses: a test's input is wrong.
  TestIdentity issue(const TestSubject& subject = TestSubject()) const;

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
};

} // namespace syncer
