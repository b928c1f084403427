#include "main_world.h"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/asio_clock.h"
#include "main_flags.h"
#include "net/http.h"

namespace syncer::sim {

namespace fs = std::filesystem;

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

SimSettings parsed(std::vector<std::string> arguments) {
  CLI::App app;
  SimSettings settings;
  const auto complete = declare_flags(app, settings);
  std::reverse(arguments.begin(), arguments.end());
  app.parse(arguments);
  complete();
  return settings;
}

std::size_t total(const GeneratorOptions& cluster) {
  return cluster.volumes + cluster.static_volumes + cluster.file_volumes + cluster.in_tree +
         cluster.inline_pods + cluster.ephemeral + cluster.foreign;
}

} // namespace

TEST(SimFlags, MixedSplitsTheVolumes) {
  const GeneratorOptions mixed = parsed({"--volumes=100", "--mixed"}).cluster;
  EXPECT_EQ(total(mixed), 100U);
  EXPECT_EQ(mixed.static_volumes, 10U);
  EXPECT_EQ(mixed.in_tree, 10U);
  EXPECT_EQ(mixed.poison, 0U);

  const GeneratorOptions files = parsed({"--volumes=100", "--mixed", "--files=40"}).cluster;
  EXPECT_EQ(total(files), 100U);
  EXPECT_EQ(files.file_volumes, 40U);
}

TEST(SimFlags, SeveralVcentersHaveAddressesAndNoInTreeVolumes) {
  const SimSettings settings = parsed({"--volumes=100", "--mixed", "--vcenters=3"});

  EXPECT_THAT(settings.cluster.vcenters, ElementsAre("127.0.0.1", "127.0.0.2", "127.0.0.3"));
  EXPECT_EQ(settings.cluster.in_tree + settings.cluster.inline_pods, 0U);
  EXPECT_EQ(total(settings.cluster), 100U);
}

TEST(SimFlags, WithoutFurtherFlagsThereAreDynamicVolumesOnly) {
  const GeneratorOptions plain = parsed({}).cluster;

  EXPECT_EQ(plain.volumes, 500U);
  EXPECT_EQ(total(plain), 500U);
  EXPECT_THAT(plain.vcenters, ElementsAre("127.0.0.1"));
}

class SimWorldTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "syncer-sim-test-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    dir = name;
  }
  void TearDown() override { fs::remove_all(dir); }

  void start(std::vector<std::string> arguments) {
    const SimSettings settings = parsed(std::move(arguments));
    auto loaded = load_or_make_credentials(dir, settings.cluster.vcenters);
    ASSERT_TRUE(loaded) << loaded.error().detail;
    credentials = *std::move(loaded);
    auto made = SimWorld::create(io.get_executor(), settings, credentials);
    ASSERT_TRUE(made) << made.error().detail;
    world = *std::move(made);
    const auto written = write_client_files(dir, credentials, world->addresses());
    ASSERT_TRUE(written) << written.error().detail;
  }

  std::string file(const char* name) const {
    std::ifstream in(dir / name);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

  // Empty if nobody answers, or the certificate is not that of the host.
  std::optional<HttpResponse> get(const std::string& host, std::uint16_t port, bool tls,
                                  const std::string& target, const std::string& method = "GET") {
    ClientOptions to;
    to.host = host;
    to.port = port;
    to.tls = tls;
    to.tls_options.ca_pem = credentials.ca_pem;
    auto client = create_beast_http_client(io.get_executor(), to);
    if (!client) return std::nullopt;
    HttpRequest request;
    request.method = method;
    request.target = target;
    std::optional<Outcome<HttpResponse>> answer;
    asio::co_spawn(io, (*client)->send(std::move(request), clock.now() + std::chrono::seconds(10)),
                   [&](std::exception_ptr failure, Outcome<HttpResponse> response) {
                     if (failure) std::rethrow_exception(failure);
                     answer.emplace(std::move(response));
                   });
    while (!answer) io.run_one_for(std::chrono::milliseconds(100));
    if (!*answer) return std::nullopt;
    return **std::move(answer);
  }
  json admin(const std::string& target, const std::string& method = "GET") {
    const auto response = get("127.0.0.1", world->addresses().admin_port, false, target, method);
    return response ? json::parse(response->body, nullptr, false) : json();
  }

  fs::path dir;
  asio::io_context io;
  AsioClock clock{io.get_executor()};
  SimCredentials credentials;
  std::unique_ptr<SimWorld> world;
};

TEST_F(SimWorldTest, EachVcenterHasItsAddressCertificateAndVolumes) {
  start({"--volumes=20", "--vcenters=2"});

  const std::vector<SimVcenterAddress> vcenters = world->addresses().vcenters;
  ASSERT_THAT(vcenters, SizeIs(2));
  EXPECT_EQ(vcenters[1].host, "127.0.0.2");
  for (const SimVcenterAddress& vcenter : vcenters) {
    const auto answer = get(vcenter.host, vcenter.port, true, "/sdk/vimServiceVersions.xml");
    ASSERT_TRUE(answer) << vcenter.host;
    EXPECT_EQ(answer->status, 200);
  }
  EXPECT_NE(credentials.vcenters[0].cert_pem, credentials.vcenters[1].cert_pem);

  const std::size_t first = admin("/sim/vcenters/1/volumes")["volumes"].size();
  const std::size_t second = admin("/sim/vcenters/2/volumes")["volumes"].size();
  EXPECT_GT(first, 0U);
  EXPECT_GT(second, 0U);
  EXPECT_EQ(first + second, 20U);
  EXPECT_EQ(admin("/sim/vcenter/volumes"), admin("/sim/vcenters/1/volumes"));
  EXPECT_TRUE(admin("/sim/vcenters/3/volumes").contains("error"));
  EXPECT_THAT(admin("/sim/stats")["vcenters"], SizeIs(2));
}

TEST_F(SimWorldTest, ConfigurationNamesEveryVcenter) {
  start({"--volumes=2", "--vcenters=2", "--cluster-id-from-configmap"});

  const std::string config = file("csi-vsphere.conf");
  EXPECT_THAT(config, HasSubstr("[VirtualCenter \"127.0.0.1\"]"));
  EXPECT_THAT(config, HasSubstr("[VirtualCenter \"127.0.0.2\"]"));
  EXPECT_THAT(config, HasSubstr("topology-categories = \"k8s-region,k8s-zone\""));
  EXPECT_THAT(config, Not(HasSubstr("cluster-id")));
  EXPECT_THAT(admin("/sim/kube/objects?resource=configmaps"), SizeIs(1));
}

TEST_F(SimWorldTest, OneVcenterHasNoTopology) {
  start({"--volumes=2"});

  EXPECT_THAT(file("csi-vsphere.conf"), HasSubstr("cluster-id = \"demo\""));
  EXPECT_THAT(file("csi-vsphere.conf"), Not(HasSubstr("[Labels]")));
}

TEST_F(SimWorldTest, CredentialsAreKeptForTheSameVcenters) {
  start({"--volumes=1", "--vcenters=2"});

  const auto again = load_or_make_credentials(dir, {"127.0.0.1", "127.0.0.2"});
  const auto more = load_or_make_credentials(dir, {"127.0.0.1", "127.0.0.2", "127.0.0.3"});

  ASSERT_TRUE(again);
  EXPECT_EQ(again->ca_pem, credentials.ca_pem);
  ASSERT_TRUE(more);
  EXPECT_NE(more->ca_pem, credentials.ca_pem);
}

TEST_F(SimWorldTest, PoisonIsDescribed) {
  start({"--volumes=0", "--poison=20"});

  const json summary = json::parse(file("sim.json"));
  ASSERT_THAT(summary["poison"], SizeIs(20));
  EXPECT_EQ(summary["poison"][0]["what"], "in-tree path that is none");
  EXPECT_EQ(summary["kinds"]["poison"], 20);
}

TEST_F(SimWorldTest, ControllersFindNothingToDoInAGeneratedCluster) {
  start({"--volumes=40", "--mixed", "--controllers"});

  EXPECT_EQ(admin("/sim/kube/controllers/tick", "POST"), json::object());
}

} // namespace syncer::sim
