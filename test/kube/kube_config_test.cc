#include "kube/kube_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/temp_dir.h"

namespace syncer {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kPlain = R"(
apiVersion: v1
kind: Config
current-context: main
contexts:
- name: main
  context: {cluster: c, user: u, namespace: kube-system}
clusters:
- name: c
  cluster: {server: "https://api.example:6443/prefix/"}
users:
- name: u
  user: {token: s3cret}
)";

class KubeconfigTest : public testing::Test {
 protected:
  Outcome<KubeConfig> load(const std::string& text) {
    return load_kubeconfig({dir.write("config", text), ""});
  }
  // kPlain with this cluster and this user.
  Outcome<KubeConfig> load(const std::string& cluster, const std::string& user) {
    return load(
        "current-context: main\ncontexts:\n- name: main\n  context: {cluster: c, user: u}\n"
        "clusters:\n- name: c\n  cluster: {" +
        cluster + "}\nusers:\n- name: u\n  user: {" + user + "}\n");
  }
  std::string refusal(const std::string& cluster, const std::string& user) {
    const auto config = load(cluster, user);
    EXPECT_FALSE(config);
    if (config) return "";
    EXPECT_EQ(config.error().kind, ErrorKind::kRejected);
    return config.error().detail;
  }

  static constexpr const char* kServer = "server: 'https://h:1'";
  TempDir dir;
};

TEST_F(KubeconfigTest, TokenAndServer) {
  const auto config = load(kPlain);

  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->connection.host, "api.example");
  EXPECT_EQ(config->connection.port, 6443);
  EXPECT_TRUE(config->connection.tls);
  EXPECT_EQ(config->base_path, "/prefix");
  EXPECT_EQ(config->name_space, "kube-system");
  EXPECT_EQ(config->token.reveal(), "s3cret");
}

TEST_F(KubeconfigTest, FilesAreFoundBesideTheKubeconfig) {
  dir.write("ca.pem", "CA");
  dir.write("me.crt", "CERT");
  dir.write("me.key", "KEY");
  const auto config = load(std::string(kServer) + ", certificate-authority: ca.pem",
                           "client-certificate: me.crt, client-key: me.key");

  ASSERT_TRUE(config) << config.error().detail;
  const TlsOptions& tls = config->connection.tls_options;
  EXPECT_EQ(tls.ca_pem, "CA");
  EXPECT_EQ(tls.client_cert_pem, "CERT");
  EXPECT_EQ(tls.client_key_pem.reveal(), "KEY");
  EXPECT_EQ(config->ca_file, dir.path("ca.pem"));
  EXPECT_EQ(config->client_cert_file, dir.path("me.crt"));
}

TEST_F(KubeconfigTest, DataBeatsTheFile) {
  dir.write("ca.pem", "from file");
  const auto config =
      load(std::string(kServer) +
               ", certificate-authority: ca.pem, certificate-authority-data: REFUQQ==",
           "client-certificate-data: Q0VSVA==, client-key-data: S0VZ");

  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->connection.tls_options.ca_pem, "DATA");
  EXPECT_EQ(config->ca_file, ""); // data never changes
  EXPECT_EQ(config->connection.tls_options.client_cert_pem, "CERT");
  EXPECT_EQ(config->connection.tls_options.client_key_pem.reveal(), "KEY");
}

TEST_F(KubeconfigTest, TokenFileTakesOver) {
  dir.write("token", " from-file\n");
  const auto config = load(kServer, "token: inline, tokenFile: token");

  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->token.reveal(), "from-file");
  EXPECT_EQ(config->token_file, dir.path("token"));
}

TEST_F(KubeconfigTest, InsecureAndServerName) {
  const auto config =
      load(std::string(kServer) + ", insecure-skip-tls-verify: true, tls-server-name: kubernetes",
           "token: t");

  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_TRUE(config->connection.tls_options.insecure);
  EXPECT_EQ(config->connection.tls_options.server_name, "kubernetes");
}

TEST_F(KubeconfigTest, RefusalsNameFileAndKeyButNoValue) {
  const std::string server = kServer;
  EXPECT_THAT(refusal(server + ", certificate-authority-data: '%%%'", "token: t"),
              HasSubstr(dir.path("config") + ": clusters[c].cluster.certificate-authority-data"));
  EXPECT_THAT(refusal(server + ", certificate-authority: none.pem", "token: t"),
              HasSubstr("clusters[c].cluster.certificate-authority names a file"));
  EXPECT_THAT(refusal(server + ", insecure-skip-tls-verify: true, certificate-authority-data: QQ==",
                      "token: t"),
              HasSubstr("insecure-skip-tls-verify"));
  EXPECT_THAT(refusal("server: 'ftp://h'", "token: t"), HasSubstr("clusters[c].cluster.server"));
  EXPECT_THAT(refusal("tls-server-name: x", "token: t"), HasSubstr("cluster.server is missing"));
  EXPECT_THAT(refusal(server, "exec: {command: aws}"), HasSubstr("users[u].user.exec"));
  EXPECT_THAT(refusal(server, "username: me, password: pa55"), Not(HasSubstr("pa55")));
  EXPECT_THAT(refusal(server, "client-key-data: S0VZ"), HasSubstr("client-certificate is missing"));
  EXPECT_THAT(refusal(server + ", proxy-url: 'http://p'", "token: t"), HasSubstr("proxy-url"));
}

TEST_F(KubeconfigTest, BrokenYamlIsRefusedWithoutQuotingIt) {
  const auto config = load("users: [secret-token: }");

  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().detail, HasSubstr(dir.path("config")));
  EXPECT_THAT(config.error().detail, Not(HasSubstr("secret")));
}

TEST_F(KubeconfigTest, CurrentContextMustExist) {
  EXPECT_THAT(load("clusters: []").error().detail, HasSubstr("current-context is missing"));
  EXPECT_THAT(load("current-context: x").error().detail, HasSubstr("current-context names no"));
  EXPECT_THAT(
      load("current-context: x\ncontexts:\n- name: x\n  context: {cluster: none}\n").error().detail,
      HasSubstr("contexts[x].context.cluster names no entry"));
}

TEST_F(KubeconfigTest, ListOfFilesFirstDefinitionWins) {
  const std::string first = dir.write("one",
                                      "current-context: main\nusers:\n- name: u\n"
                                      "  user: {token: first}\n");
  const std::string second = dir.write("two", kPlain);
  const std::string list = dir.path("absent") + ":" + first + "::" + second + ":" + first;

  const auto config = load_kubeconfig({"", list});

  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->token.reveal(), "first");
  EXPECT_EQ(config->connection.host, "api.example");
}

TEST_F(KubeconfigTest, NamedFilesThatDoNotExist) {
  EXPECT_FALSE(load_kubeconfig({"", dir.path("absent")}));
  const auto config = load_kubeconfig({dir.path("absent"), ""});
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().detail, HasSubstr(dir.path("absent")));
}

TEST(InClusterConfig, ReadsTheServiceAccount) {
  TempDir dir;
  dir.write("token", "tok\n");
  dir.write("ca.crt", "CA");
  dir.write("namespace", "vmware-system-csi\n");
  InCluster env{"fd00::1", "443", dir.path("")};

  const auto config = in_cluster_config(env);

  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->connection.host, "fd00::1");
  EXPECT_EQ(config->connection.port, 443);
  EXPECT_EQ(config->connection.tls_options.ca_pem, "CA");
  EXPECT_EQ(config->token.reveal(), "tok");
  EXPECT_EQ(config->name_space, "vmware-system-csi");
}

TEST(InClusterConfig, NeedsEnvironmentAndToken) {
  TempDir dir;
  EXPECT_FALSE(in_cluster_config({"", "443", dir.path("")}));
  EXPECT_FALSE(in_cluster_config({"10.0.0.1", "https", dir.path("")}));
  EXPECT_FALSE(in_cluster_config({"10.0.0.1", "443", dir.path("")}));
  dir.write("token", "\n");
  EXPECT_FALSE(in_cluster_config({"10.0.0.1", "443", dir.path("")}));
}

} // namespace
} // namespace syncer
