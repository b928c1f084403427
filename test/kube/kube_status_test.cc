#include "kube/kube_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <protozero/pbf_writer.hpp>

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

HttpResponse answer(int status, std::string body, Headers headers = {}) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  response.headers = std::move(headers);
  return response;
}

struct Row {
  const char* name;
  int status;
  const char* body;
  ErrorKind kind;
};

class StatusKinds : public testing::TestWithParam<Row> {};
INSTANTIATE_TEST_SUITE_P(KubeStatus, StatusKinds,
                         testing::Values(Row{"gone", 410, "", ErrorKind::kStale},
                                         Row{"unauthorized", 401, "", ErrorKind::kUnauthenticated},
                                         Row{"forbidden", 403, "", ErrorKind::kRejected},
                                         Row{"not_found", 404, "", ErrorKind::kNotFound},
                                         Row{"throttled", 429, "", ErrorKind::kTransient},
                                         Row{"internal", 500, "", ErrorKind::kTransient},
                                         Row{"conflict", 409, "", ErrorKind::kStale},
                                         Row{"exists", 409,
                                             R"({"kind":"Status","reason":"AlreadyExists"})",
                                             ErrorKind::kRejected},
                                         Row{"invalid", 422, "", ErrorKind::kRejected}),
                         [](const auto& info) { return info.param.name; });

TEST_P(StatusKinds, OfAnAnswer) {
  EXPECT_EQ(failure_of(answer(GetParam().status, GetParam().body)).error.kind, GetParam().kind);
}

TEST(KubeStatus, PlainTextWithRetryAfter) {
  const KubeFailure failure =
      failure_of(answer(429, "Too many requests, please try again later.\n",
                        {{"Content-Type", "text/plain"}, {"retry-after", "7"}}));

  EXPECT_EQ(failure.http_status, 429);
  EXPECT_EQ(failure.retry_after, 7s);
  EXPECT_THAT(failure.error.detail, HasSubstr("Too many requests"));
}

TEST(KubeStatus, RetryAfterThatIsNoNumberIsIgnored) {
  EXPECT_FALSE(failure_of(answer(503, "", {{"Retry-After", "soon"}})).retry_after);
}

TEST(KubeStatus, TooLargeVersionByCauseAndByText) {
  const KubeFailure by_cause =
      failure_of(answer(504, R"({"kind":"Status","code":504,"details":{"retryAfterSeconds":1,)"
                             R"("causes":[{"reason":"ResourceVersionTooLarge"}]}})"));
  EXPECT_TRUE(by_cause.version_too_large);
  EXPECT_EQ(by_cause.retry_after, 1s);
  EXPECT_EQ(by_cause.error.kind, ErrorKind::kStale);

  EXPECT_TRUE(
      failure_of(answer(504, R"({"kind":"Status","message":"Too large resource version: 9"})"))
          .version_too_large);
}

TEST(KubeStatus, ProtobufAnswer) {
  std::string status;
  protozero::pbf_writer out(status);
  out.add_string(3, "no such pod");
  out.add_string(4, "NotFound");
  out.add_int32(6, 404);
  std::string body("k8s\0", 4);
  protozero::pbf_writer envelope(body);
  envelope.add_string(2, status);

  const KubeFailure failure =
      failure_of(answer(404, body, {{"Content-Type", "application/vnd.kubernetes.protobuf"}}));

  EXPECT_EQ(failure.reason, "NotFound");
  EXPECT_THAT(failure.error.detail, HasSubstr("no such pod"));
}

TEST(KubeStatus, BrokenAnswersStillHaveTheirHttpStatus) {
  const Headers protobuf = {{"Content-Type", "application/vnd.kubernetes.protobuf"}};
  EXPECT_EQ(failure_of(answer(500, "k8s", protobuf)).http_status, 500);
  EXPECT_EQ(failure_of(answer(500, R"({"kind":"Status","code":"x","details":[]})")).http_status,
            500);
}

TEST(KubeStatus, LongTextIsCut) {
  EXPECT_LT(failure_of(answer(500, std::string(100'000, 'x'))).error.detail.size(), 3000u);
}

TEST(KubeStatus, FailureWithoutAnAnswer) {
  const KubeFailure failure = failure_of(Error{ErrorKind::kTransient, "reset"});

  EXPECT_EQ(failure.http_status, 0);
  EXPECT_EQ(failure.error.detail, "reset");
}

} // namespace
} // namespace syncer
