#include "cli/check_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "fakes/temp_dir.h"

namespace syncer {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Result {
  int code = 0;
  std::string out;
  std::string err;
};

Result run(const std::vector<std::string>& arguments, const std::string& usual_path = "",
           const VSphereEnvironment& environment = {}) {
  std::ostringstream out;
  std::ostringstream err;
  const auto usable = [](const VSphereConfig& config) -> Outcome<> {
    if (config.vcenters[0].ca_pem != "none\n") return Done{};
    return Error{ErrorKind::kRejected, "no certificates"};
  };
  const int code = check_config(arguments, {usual_path, environment, usable}, out, err);
  return {code, out.str(), err.str()};
}

constexpr const char* kFile = R"([Global]
cluster-id = "c1"
[VirtualCenter "vc-a.example"]
user = "Administrator@vsphere.local"
password = "S3cr3t-a"
datacenters = "/dc-1, /dc-2"
[VirtualCenter "vc-b.example"]
user = "CORP\\csi"
password = "S3cr3t-b\n"
port = 8443
insecure-flag
[Labels]
topology-categories = "k8s-zone"
)";

TEST(CheckConfig, TellsWhatWasUnderstoodWithoutSecrets) {
  const TempDir dir;

  const Result result = run({dir.write("csi-vsphere.conf", kFile)});

  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, R"(cluster id:     c1
distribution:   detected in the cluster
topology:       k8s-zone
vCenter vc-a.example
  port:         443
  user:         Administrator@vsphere.local
  password:     set
  certificates: verified by the system's authorities
  datacenters:  /dc-1, /dc-2
vCenter vc-b.example
  port:         8443
  user:         CORP\csi
  password:     set
  certificates: NOT verified (insecure-flag)
  datacenters:  all
)");
  EXPECT_EQ(result.err,
            "warning: line 9: [VirtualCenter \"vc-b.example\"] password: ends with a line break\n");
}

TEST(CheckConfig, TheUsualFileIsReadWhenNoneIsNamedAndTheEnvironmentLiesOverIt) {
  const TempDir dir;
  const std::string path = dir.write(
      "csi-vsphere.conf", "[VirtualCenter \"vc\"]\nuser = u@d\npassword = p\nthumbprint = AA:BB\n");

  const Result result = run({}, path, {{"VSPHERE_PORT", Secret("1443")}});

  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, HasSubstr("port:         1443"));
  EXPECT_THAT(result.out, HasSubstr("pinned by thumbprint (1)"));
  EXPECT_THAT(result.out, HasSubstr("from ConfigMap vsphere-csi-cluster-id"));
}

TEST(CheckConfig, WhatTheServiceWouldNotTakeEndsWithOneAndThePlace) {
  const TempDir dir;
  const std::string path = dir.write("csi-vsphere.conf", "[Global]\npassword = \"S3cr3t\\q\"\n");

  const Result result = run({path});

  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr(path + ": line 2: [Global] password: unknown escape"));
  EXPECT_EQ(run({dir.path("none")}).code, 1);
}

TEST(CheckConfig, WhatElseTheServiceAsksForIsChecked) {
  const TempDir dir;
  const std::string path =
      dir.write("csi-vsphere.conf", "[VirtualCenter \"vc\"]\nuser = u@d\npassword = p\nca-file = " +
                                        dir.write("ca.pem", "none") + "\n");

  const Result result = run({path});

  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.err, path + ": no certificates\n");
}

TEST(CheckConfig, WrongArgumentsEndWithTwoAndHelpWithZero) {
  EXPECT_EQ(run({"a", "b"}).code, 2);
  EXPECT_EQ(run({"--no-such-flag"}).code, 2);
  EXPECT_EQ(run({"--help"}).code, 0);
  EXPECT_THAT(run({"--help"}).out, HasSubstr("Example: vsphere-syncer check-config"));
}

// Each way to get a file wrong, with the secret wherever people put it.
TEST(CheckConfig, APlantedSecretAppearsNowhere) {
  const TempDir dir;
  const VSphereEnvironment environment{{"VSPHERE_PASSWORD", Secret("S3cr3t")},
                                       {"VSPHERE_INSECURE", Secret("S3cr3t")}};
  const std::string head = "[VirtualCenter \"vc\"]\nuser = u@d\n";
  int refused = 0;
  for (const std::string& text :
       {head + "password = \"S3cr3t", head + "password = S3cr3t\\", head + "password = S3cr3t\\n",
        head + "password = \"S3cr3t\\q\"", head + "password S3cr3t", head + "password: S3cr3t",
        head + "password = x\nS3cr3t", head + "password = x\nS3cr3t = \"", head + "\"S3cr3t\"",
        head + "password = x\n[S3cr3t", head + "password = x\n[\"S3cr3t\"]",
        head + "password = \"S3cr3t\xff\"", head + "password = S3cr3t\nport = S3cr3t",
        head + "password = S3cr3t\ninsecure-flag = S3cr3t",
        "[Global]\nquery-limit = S3cr3t\n" + head + "password = S3cr3t",
        std::string("[VirtualCenter \"vc\"]\nuser = S3cr3t\npassword = S3cr3t"),
        std::string("[VirtualCenter \"vc\"]\nuser = \"S3cr3t@d\n\"\npassword = S3cr3t"),
        head + "password = \"S3cr3t\\n\"", head + "password = S3cr3t\nthumbprint = S3cr3t"}) {
    const Result result = run({dir.write("csi-vsphere.conf", text)}, "", environment);

    refused += result.code;
    EXPECT_THAT(result.out + result.err, Not(HasSubstr("S3cr3t"))) << text;
  }
  EXPECT_EQ(refused, 16);
}

} // namespace
} // namespace syncer
