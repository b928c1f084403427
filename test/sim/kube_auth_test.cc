#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>

#include "fakes/test_certificate.h"
#include "sim/kube_test_client.h"

namespace syncer::sim {

namespace {

class KubeAuthTest : public KubeTest {
 protected:
  void SetUp() override {
    const TestIdentity server = authority.issue();
    SimKubeOptions options;
    options.cert_pem = server.cert_pem;
    options.key_pem = Secret(server.key_pem);
    options.client_ca_pem = authority.ca_pem();
    auto started = SimKube::start(io.get_executor(), options);
    ASSERT_TRUE(started) << started.error().detail;
    kube = std::move(started).value();
    connect(false);
  }

  void connect(bool with_certificate) {
    ClientOptions to;
    to.host = "127.0.0.1";
    to.port = kube->port();
    to.tls_options.ca_pem = authority.ca_pem();
    if (with_certificate) {
      const TestIdentity own = authority.issue();
      to.tls_options.client_cert_pem = own.cert_pem;
      to.tls_options.client_key_pem = Secret(own.key_pem);
    }
    auto made = create_beast_http_client(io.get_executor(), to);
    ASSERT_TRUE(made) << made.error().detail;
    client = std::move(made).value();
  }

  TestAuthority authority;
};

} // namespace

TEST_F(KubeAuthTest, AnybodyMayComeByDefault) { EXPECT_EQ(get("/readyz").status, 200); }

TEST_F(KubeAuthTest, ClientCertificateIsEnough) {
  kube->behaviour().require_client_certificate = true;
  EXPECT_EQ(get("/readyz").status, 401);

  connect(true);

  EXPECT_EQ(get("/readyz").status, 200);
}

TEST_F(KubeAuthTest, TokenOrCertificate) {
  kube->behaviour().require_client_certificate = true;
  kube->behaviour().token = "one";

  EXPECT_EQ(get("/readyz").status, 401);
  EXPECT_EQ(send("GET", "/readyz", "", {{"Authorization", "Bearer one"}}).status, 200);
}

} // namespace syncer::sim
