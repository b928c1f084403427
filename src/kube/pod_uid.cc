#include "kube/pod_uid.h"

#include <nlohmann/json.hpp>

#include "net/url.h"

namespace syncer {

namespace {

Uid uid_of(const std::string& body) {
  using nlohmann::json;
  const json object = json::parse(body, nullptr, false);
  const json::json_pointer uid("/metadata/uid");
  if (!object.is_object() || !object.contains(uid) || !object[uid].is_string()) return {};
  return Uid::parse(object[uid].get_ref<const std::string&>());
}

} // namespace

asio::awaitable<KubeResult<Uid>> read_pod_uid(KubeClient& client, ObjectKey pod,
                                              Clock::time_point deadline) {
  std::string path = "/api/v1/namespaces/" + percent_encode(pod.ns.str()) + "/pods/" +
                     percent_encode(pod.name.str());
  std::string accept = KubeClient::kAcceptJson;
  auto answer = co_await client.get(std::move(path), std::move(accept), deadline);
  if (answer) co_return KubeResult<Uid>{uid_of(answer.value->body), {}};
  const ErrorKind kind = answer.failure.error.kind;
  const bool no_such_pod = kind == ErrorKind::kNotFound || kind == ErrorKind::kRejected;
  if (no_such_pod) co_return KubeResult<Uid>{Uid(), {}};
  co_return KubeResult<Uid>{std::nullopt, std::move(answer.failure)};
}

} // namespace syncer
