#include "kube/access_review.h"

#include <nlohmann/json.hpp>

namespace syncer {

namespace {

using nlohmann::json;

constexpr const char* kReviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

std::string review_of(const AccessRight& right) {
  json attributes{{"group", right.group}, {"resource", right.resource}, {"verb", right.verb}};
  if (!right.ns.empty()) attributes["namespace"] = right.ns;
  const json review{{"apiVersion", "authorization.k8s.io/v1"},
                    {"kind", "SelfSubjectAccessReview"},
                    {"spec", {{"resourceAttributes", attributes}}}};
  return review.dump();
}

KubeResult<bool> verdict_of(const std::string& body) {
  const json review = json::parse(body, nullptr, false);
  const json::json_pointer allowed("/status/allowed");
  if (review.is_object() && review.contains(allowed) && review[allowed].is_boolean()) {
    return {review[allowed].get<bool>(), {}};
  }
  return {std::nullopt, failure_of(Error{ErrorKind::kRejected, "the answer holds no verdict"})};
}

} // namespace

std::string to_string(const AccessRight& right) {
  std::string text = right.verb + " " + right.resource;
  if (!right.group.empty()) text += "." + right.group;
  if (!right.ns.empty()) text += " in " + right.ns;
  return text;
}

asio::awaitable<KubeResult<bool>> review_access(KubeClient& client, AccessRight right,
                                                Clock::time_point deadline) {
  std::string method = "POST";
  std::string path = kReviews;
  std::string type = "application/json";
  std::string body = review_of(right);
  std::function<bool()> may_send = [] { return true; }; // it changes nothing
  auto answer = co_await client.send(std::move(method), std::move(path), std::move(body),
                                     std::move(type), deadline, std::move(may_send));
  if (!answer) {
    answer.failure.error =
        in_context("review of \"" + to_string(right) + "\"", std::move(answer.failure.error));
    co_return KubeResult<bool>{std::nullopt, std::move(answer.failure)};
  }
  co_return verdict_of(answer.value->body);
}

} // namespace syncer
