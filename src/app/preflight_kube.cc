#include "app/preflight_kube.h"

#include "operators/crd_manifests.h"

namespace syncer {

namespace {

using Result = PreflightLine::Result;

constexpr std::chrono::seconds kBudget{10};
constexpr const char* kGrant =
    "grant it in the ClusterRole of the pod's service account (vsphere-csi-controller-role)";

// Nothing of the main job, or no election: then nothing is done at all.
bool is_vital(Duty duty) { return duty == Duty::kMetadata || duty == Duty::kElection; }

} // namespace

asio::awaitable<std::vector<PreflightLine>> check_rights(KubeClient& client, const Clock& clock,
                                                         RightsInput input) {
  std::vector<PreflightLine> lines;
  std::map<Duty, std::vector<AccessRight>> missing;
  std::size_t granted = 0;
  for (const NeededRight& one : needed_rights(input)) {
    AccessRight right = one.right;
    const Clock::time_point deadline = clock.now() + kBudget;
    const KubeResult<bool> may = co_await review_access(client, std::move(right), deadline);
    if (!may) {
      lines.push_back({Result::kWarn, "rights",
                       "the API server does not tell what we may: " + may.failure.error.detail,
                       "allow create of selfsubjectaccessreviews (system:basic-user does)"});
      co_return lines;
    }
    if (*may.value) {
      ++granted;
    } else {
      missing[one.duty].push_back(one.right);
    }
  }
  for (const auto& [duty, rights] : missing) {
    lines.push_back({is_vital(duty) ? Result::kFail : Result::kWarn, "rights",
                     missing_text({{duty, rights}}), kGrant});
  }
  if (granted > 0) {
    const std::string count = std::to_string(granted);
    lines.push_back({Result::kPass, "rights",
                     missing.empty() ? "all " + count + " that are needed are granted"
                                     : count + " others are granted",
                     ""});
  }
  co_return lines;
}

asio::awaitable<std::vector<PreflightLine>> check_definitions(KubeClient& client,
                                                              const Clock& clock,
                                                              bool several_vcenters) {
  std::vector<PreflightLine> lines;
  const Crd other = several_vcenters ? Crd::kVolumeInfo : Crd::kVolumeMigration;
  for (const Crd crd : {Crd::kNodeTopology, other}) {
    const std::string name = crd_name(crd);
    std::string path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/" + name;
    std::string accept = KubeClient::kAcceptJson;
    const Clock::time_point deadline = clock.now() + kBudget;
    const auto answer = co_await client.get(std::move(path), std::move(accept), deadline);
    if (answer) {
      lines.push_back({Result::kPass, "definition", name + " is there", ""});
    } else if (answer.failure.error.kind == ErrorKind::kNotFound) {
      lines.push_back({Result::kWarn, "definition", name + " is missing",
                       "nothing, if the service may create it when it starts (see rights)"});
    } else {
      lines.push_back({Result::kWarn, "definition",
                       name + " cannot be read: " + answer.failure.error.detail, kGrant});
    }
  }
  co_return lines;
}

} // namespace syncer
