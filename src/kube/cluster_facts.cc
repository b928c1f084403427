#include "kube/cluster_facts.h"

#include <nlohmann/json.hpp>

#include "core/backoff.h"
#include "net/url.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr const char* kMapName = "vsphere-csi-cluster-id";
constexpr const char* kMapKey = "clusterID";
constexpr std::chrono::seconds kReadBudget{10};
constexpr Backoff kReadAgain{std::chrono::seconds(2), std::chrono::seconds(30)};

// The text at these keys; empty when there is none.
std::string text_at(const std::string& body, std::initializer_list<const char*> keys) {
  const json document = json::parse(body, nullptr, false);
  const json* place = &document;
  for (const char* key : keys) {
    if (!place->is_object()) return {};
    const auto found = place->find(key);
    if (found == place->end()) return {};
    place = &*found;
  }
  return place->is_string() ? place->get<std::string>() : std::string();
}

} // namespace

ClusterFactsReader::ClusterFactsReader(Deps deps, std::string name_space)
    : deps_(std::move(deps)), namespace_(std::move(name_space)) {}

asio::awaitable<Outcome<std::optional<std::string>>> ClusterFactsReader::read_map() {
  std::string path = "/api/v1/namespaces/" + percent_encode(namespace_) + "/configmaps/" + kMapName;
  std::string accept = KubeClient::kAcceptJson;
  const auto deadline = deps_.clock.now() + kReadBudget;
  auto answer = co_await deps_.client.get(std::move(path), std::move(accept), deadline);
  if (answer) co_return std::optional(text_at(answer.value->body, {"data", kMapKey}));
  if (answer.failure.error.kind == ErrorKind::kNotFound) co_return std::optional<std::string>();
  const Error error =
      in_context("ConfigMap " + namespace_ + "/" + kMapName, std::move(answer.failure.error));
  if (error.kind != ErrorKind::kRejected) co_return error;
  deps_.log.warn("cluster_id_map=not_readable error=\"{}\"", error.detail);
  co_return std::optional<std::string>();
}

asio::awaitable<Outcome<std::string>> ClusterFactsReader::read_version() {
  std::string path = "/version";
  std::string accept = KubeClient::kAcceptJson;
  const auto deadline = deps_.clock.now() + kReadBudget;
  auto answer = co_await deps_.client.get(std::move(path), std::move(accept), deadline);
  if (answer) co_return text_at(answer.value->body, {"gitVersion"});
  const Error error = in_context("version of the API server", std::move(answer.failure.error));
  const bool refused = error.kind == ErrorKind::kRejected || error.kind == ErrorKind::kNotFound;
  if (!refused) co_return error;
  deps_.log.warn("api_server_version=not_readable error=\"{}\"", error.detail);
  co_return std::string();
}

asio::awaitable<Outcome<ClusterFacts>> ClusterFactsReader::read() {
  ClusterFacts facts;
  facts.map_name = namespace_ + "/" + kMapName;
  auto id = co_await read_map();
  if (!id) co_return std::move(id).error();
  facts.map_id = std::move(*id);
  auto version = co_await read_version();
  if (!version) co_return std::move(version).error();
  facts.git_version = std::move(*version);
  co_return facts;
}

asio::awaitable<void> ClusterFactsReader::run(Accept accept) {
  for (std::uint32_t failures = 1;; ++failures) {
    const auto facts = co_await read();
    const Outcome<> accepted = facts ? accept(*facts) : Outcome<>(facts.error());
    if (accepted) co_return;
    const std::string& problem = accepted.error().detail;
    if (std::exchange(last_problem_, problem) != problem) {
      deps_.log.error("cluster_identity=unknown error=\"{}\"", problem);
    }
    const auto pause = kReadAgain.after(failures, deps_.random());
    co_await deps_.clock.sleep_until(deps_.clock.now() + pause);
  }
}

} // namespace syncer
