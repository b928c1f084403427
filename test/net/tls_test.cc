// Whom the client trusts, and whom the server.
#include <gmock/gmock.h>

#include <cctype>

#include "loopback.h"
#include "net/tls_context.h"

namespace syncer {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

asio::awaitable<void> welcome(ServerExchange& exchange) {
  HttpResponse response;
  response.status = 200;
  co_await exchange.reply(std::move(response));
}

class TlsTrust : public Loopback {
 protected:
  void serve_as(const TestIdentity& identity, std::string client_ca = std::string()) {
    ServerOptions options;
    options.tls = true;
    options.cert_pem = identity.cert_pem;
    options.key_pem = Secret(identity.key_pem);
    options.client_ca_pem = std::move(client_ca);
    serve(welcome, std::move(options));
  }
  // Empty when the exchange worked, otherwise the error's text.
  std::string problem(ClientOptions options) {
    const Outcome<HttpResponse> answer = send(*connect(std::move(options)), get("/"));
    if (answer) return std::string();
    EXPECT_EQ(answer.error().kind, ErrorKind::kTransient);
    EXPECT_TRUE(answer.error().unsent);
    return answer.error().detail;
  }
  Outcome<std::unique_ptr<HttpClient>> create(TlsOptions tls) {
    ClientOptions options;
    options.host = "127.0.0.1";
    options.tls_options = std::move(tls);
    return create_beast_http_client(io_.get_executor(), std::move(options));
  }
};

std::string with_colons(const std::string& hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) out += (i ? ":" : "") + hex.substr(i, 2);
  return out;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(c));
  return text;
}

TEST_F(TlsTrust, AddressAndNameOfTheCertificateAreAccepted) {
  serve_as(server_identity());
  EXPECT_EQ(problem(secure()), "");
  ClientOptions by_name = secure();
  by_name.tls_options.server_name = "localhost";
  EXPECT_EQ(problem(by_name), "");
}

TEST_F(TlsTrust, UnknownAuthorityIsNamedWithEverythingAnAdminNeeds) {
  const TestAuthority other("another authority");
  TestSubject subject;
  subject.common_name = "vc.example.com";
  const TestIdentity identity = other.issue(subject);
  serve_as(identity);

  EXPECT_THAT(problem(secure()),
              AllOf(HasSubstr("unable to get local issuer certificate"),
                    HasSubstr("vc.example.com"), HasSubstr("another authority"),
                    HasSubstr("names DNS:localhost, IP Address:127.0.0.1, IP Address:"),
                    HasSubstr("expires "), HasSubstr("GMT"), HasSubstr(lower(identity.sha256))));
}

TEST_F(TlsTrust, GivenAuthorityReplacesTheSystemsRoots) {
  serve_as(server_identity());
  ClientOptions options = secure();
  options.tls_options.ca_pem.clear();
  EXPECT_THAT(problem(options), HasSubstr("issuer"));
}

TEST_F(TlsTrust, WrongNameIsRefused) {
  serve_as(server_identity());
  ClientOptions options = secure();
  options.tls_options.server_name = "vc.example.com";
  EXPECT_THAT(problem(options), AllOf(HasSubstr("hostname mismatch"), HasSubstr("DNS:localhost")));
}

TEST_F(TlsTrust, ClientTellsWhenTheServersCertificateExpires) {
  TestSubject subject;
  subject.common_name = "127.0.0.1";
  subject.valid_for = std::chrono::hours(48);
  const TestAuthority authority("an authority");
  serve_as(authority.issue(subject));
  ClientOptions options = secure();
  options.tls_options.insecure = true;
  const auto client = connect(std::move(options));
  EXPECT_FALSE(client->certificate_expiry());

  ASSERT_TRUE(send(*client, get("/")));

  ASSERT_TRUE(client->certificate_expiry());
  const auto left = *client->certificate_expiry() - std::chrono::system_clock::now();
  EXPECT_GT(left, std::chrono::hours(47));
  EXPECT_LE(left, std::chrono::hours(48));
}

TEST_F(TlsTrust, WrongAddressIsRefused) {
  TestSubject subject;
  subject.ip_addresses = {"10.1.2.3"};
  serve_as(authority().issue(subject));
  EXPECT_THAT(problem(secure()), HasSubstr("IP address mismatch"));
}

TEST_F(TlsTrust, ExpiredCertificateIsRefused) {
  TestSubject subject;
  subject.valid_for = -std::chrono::hours(1);
  serve_as(authority().issue(subject));
  EXPECT_THAT(problem(secure()), HasSubstr("expired"));
}

TEST_F(TlsTrust, CertificateWithoutNamesOrWithManyIsDescribed) {
  TestSubject subject;
  subject.dns_names.clear();
  subject.ip_addresses.clear();
  serve_as(authority().issue(subject));
  EXPECT_THAT(problem(secure()), HasSubstr("no names"));

  for (int i = 0; i < 17; ++i) subject.dns_names.push_back("n" + std::to_string(i) + ".test");
  serve_as(authority().issue(subject));
  EXPECT_THAT(problem(secure()), AllOf(HasSubstr("DNS:n15.test, ..."), Not(HasSubstr("n16"))));
}

TEST(Tls, NothingOlderThanVersionOneTwoIsSpoken) {
  const Outcome<std::shared_ptr<ClientTls>> tls = make_client_tls(TlsOptions());
  ASSERT_TRUE(tls);
  EXPECT_EQ(SSL_CTX_get_min_proto_version((*tls)->context.native_handle()), TLS1_2_VERSION);
}

TEST_F(TlsTrust, ServersOwnCertificateMayBeTheTrustedOne) {
  serve_as(server_identity());
  ClientOptions options = secure();
  options.tls_options.ca_pem = server_identity().cert_pem;
  EXPECT_EQ(problem(options), "");
}

TEST_F(TlsTrust, ThumbprintTrustsWhoeverSigned) {
  const TestAuthority other("another authority");
  const TestIdentity identity = other.issue();
  serve_as(identity);
  ClientOptions options = secure();
  options.tls_options.thumbprints = {server_identity().sha256, with_colons(identity.sha1)};
  EXPECT_EQ(problem(options), "");
  options.tls_options.thumbprints = {lower(identity.sha256)};
  EXPECT_EQ(problem(options), "");
}

TEST_F(TlsTrust, ThumbprintOfAnotherCertificateRefusesEvenAWellSignedOne) {
  serve_as(server_identity());
  ClientOptions options = secure();
  options.tls_options.thumbprints = {authority().issue().sha256};
  EXPECT_THAT(problem(options),
              AllOf(HasSubstr("thumbprint"), HasSubstr(lower(server_identity().sha256))));
}

TEST_F(TlsTrust, InsecureTakesAnyCertificate) {
  TestSubject subject;
  subject.valid_for = -std::chrono::hours(1);
  serve_as(TestAuthority("another authority").issue(subject));
  ClientOptions options = plain();
  options.tls = true;
  options.tls_options.insecure = true;
  EXPECT_EQ(problem(options), "");
}

TEST_F(TlsTrust, ClientCertificateIsShownAndVerified) {
  const TestAuthority clients("client authority");
  serve_as(server_identity(), clients.ca_pem());
  const TestIdentity known = clients.issue();
  const TestIdentity unknown = TestAuthority("another authority").issue();
  ClientOptions options = secure();
  options.tls_options.client_cert_pem = known.cert_pem;
  options.tls_options.client_key_pem = Secret(known.key_pem);
  EXPECT_EQ(problem(options), "");

  options.tls_options.client_cert_pem = unknown.cert_pem;
  options.tls_options.client_key_pem = Secret(unknown.key_pem);
  EXPECT_FALSE(send(*connect(options), get("/")));
}

TEST_F(TlsTrust, PlainServerIsNotMistakenForTls) {
  serve(welcome);
  EXPECT_THAT(problem(secure()), HasSubstr("TLS"));
}

TEST_F(TlsTrust, UnusableMaterialIsRejectedAtOnce) {
  TlsOptions bad_ca;
  bad_ca.ca_pem = "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n";
  TlsOptions no_ca;
  no_ca.ca_pem = "no certificate here";
  TlsOptions half_broken_ca;
  half_broken_ca.ca_pem = authority().ca_pem() + bad_ca.ca_pem;
  TlsOptions mixed_up;
  mixed_up.client_cert_pem = server_identity().cert_pem;
  mixed_up.client_key_pem = Secret(authority().issue().key_pem);
  TlsOptions no_key;
  no_key.client_cert_pem = server_identity().cert_pem;
  TlsOptions short_thumbprint;
  short_thumbprint.thumbprints = {"AB:CD"};
  for (const TlsOptions& tls :
       {bad_ca, no_ca, half_broken_ca, mixed_up, no_key, short_thumbprint}) {
    const auto client = create(tls);
    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().kind, ErrorKind::kRejected);
    EXPECT_THAT(client.error().detail, HasSubstr("127.0.0.1"));
  }
}

TEST_F(TlsTrust, ServerWithUnusableKeyIsRejected) {
  ServerOptions options;
  options.tls = true;
  options.cert_pem = server_identity().cert_pem;
  options.key_pem = Secret("nonsense");
  const auto server = create_beast_http_server(io_.get_executor(), options, welcome);
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().kind, ErrorKind::kRejected);
}

} // namespace
} // namespace syncer
