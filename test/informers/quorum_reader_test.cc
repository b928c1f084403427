#include "informers/quorum_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>

#include <boost/asio/co_spawn.hpp>

#include "fake_api_server.h"
#include "fakes/fake_clock.h"
#include "fakes/scripted_http.h"
#include "informers/attachment_decode.h"
#include "kube_bytes.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kNotFound =
    R"({"kind":"Status","code":404,"reason":"NotFound","message":"not found"})";
constexpr const char* kList = "/apis/storage.k8s.io/v1/volumeattachments?limit=500";

class QuorumReaderTest : public testing::TestWithParam<KubeFormat> {
 protected:
  QuorumReaderTest() {
    KubeClient::HttpFactory factory = [this](ClientOptions) {
      return Outcome<std::unique_ptr<HttpClient>>(std::make_unique<BorrowedHttp>(http));
    };
    client = std::move(*KubeClient::create({std::move(factory), clock, log}, KubeConfig()));
    reader = std::make_unique<QuorumReader>(*client, clock);
  }
  template <class T>
  T run(asio::awaitable<T> work) {
    std::optional<T> result;
    asio::co_spawn(io, std::move(work), [&](std::exception_ptr error, T value) {
      if (error) std::rethrow_exception(error);
      result = std::move(value);
    });
    clock.settle();
    return std::move(result.value());
  }
  Expectation& expect_list(const std::string& target, std::string body) {
    return http.expect("GET", target).reply(200, std::move(body), content_type(GetParam(), false));
  }

  asio::io_context io;
  FakeClock clock{io};
  spdlog::logger log{"test", std::make_shared<spdlog::sinks::null_sink_st>()};
  ScriptedHttp http{io.get_executor(), clock};
  std::unique_ptr<KubeClient> client;
  std::unique_ptr<QuorumReader> reader;
};
INSTANTIATE_TEST_SUITE_P(Formats, QuorumReaderTest,
                         testing::Values(KubeFormat::kProtobuf, KubeFormat::kJson),
                         [](const auto& info) {
                           return info.param == KubeFormat::kJson ? "Json" : "Protobuf";
                         });

TEST_P(QuorumReaderTest, VolumeThatIsThere) {
  http.expect("GET", "/api/v1/persistentvolumes/pv-1").reply(200, "{}");

  const auto exists = run(reader->volume_exists("pv-1"));

  ASSERT_TRUE(exists);
  EXPECT_TRUE(*exists);
  // No resourceVersion: that would be answered from a cache.
  EXPECT_EQ(http.requests().at(0).target, "/api/v1/persistentvolumes/pv-1");
}

TEST_P(QuorumReaderTest, VolumeThatIsGone) {
  http.expect("GET", "/api/v1/persistentvolumes/pv-1").reply(404, kNotFound);

  const auto exists = run(reader->volume_exists("pv-1"));

  ASSERT_TRUE(exists);
  EXPECT_FALSE(*exists);
}

TEST_P(QuorumReaderTest, NotFoundOfSomethingInBetweenIsAnError) {
  http.expect("GET", "/api/v1/persistentvolumes/pv-1").reply(404, "404 page not found\n");

  const auto exists = run(reader->volume_exists("pv-1"));

  ASSERT_FALSE(exists);
  EXPECT_THAT(exists.error().detail, HasSubstr("persistentvolume pv-1"));
}

TEST_P(QuorumReaderTest, OtherFailuresAreErrorsThatNameTheVolume) {
  http.expect("GET", "/persistentvolumes/pv-1").reply(500, "");
  http.expect("GET", "/persistentvolumes/pv-2").reply(403, "");
  http.expect("GET", "/persistentvolumes/pv-3")
      .fail(Error{ErrorKind::kTransient, "connection refused"});

  const auto broken = run(reader->volume_exists("pv-1"));
  const auto refused = run(reader->volume_exists("pv-2"));
  const auto unreachable = run(reader->volume_exists("pv-3"));

  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().kind, ErrorKind::kTransient);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kRejected);
  ASSERT_FALSE(unreachable);
  EXPECT_THAT(unreachable.error().detail, HasSubstr("pv-3"));
  EXPECT_THAT(unreachable.error().detail, HasSubstr("connection refused"));
}

TEST_P(QuorumReaderTest, AttachedVolumesOfAllPages) {
  expect_list(std::string(kList) + "&continue=a%2Fb",
              attachments_bytes(GetParam(), {"pv-1", "pv-2"}));
  expect_list(kList, attachments_bytes(GetParam(), {"pv-3", "", "pv-1"}, "a/b"));

  const auto names = run(reader->attached_volumes());

  ASSERT_TRUE(names);
  EXPECT_THAT(*names, ElementsAre("pv-1", "pv-2", "pv-3"));
  EXPECT_EQ(http.requests().at(0).target, kList);
}

TEST_P(QuorumReaderTest, NoAttachmentsAtAll) {
  expect_list(kList, attachments_bytes(GetParam(), {}));

  const auto names = run(reader->attached_volumes());

  ASSERT_TRUE(names);
  EXPECT_THAT(*names, IsEmpty());
}

// Half a list would say that a volume is not attached.
TEST_P(QuorumReaderTest, ListThatIsCutAnywhereIsAnError) {
  const std::string whole = attachments_bytes(GetParam(), {"pv-1", "pv-2"});
  // Behind the list a protobuf envelope has two empty strings that may be missing.
  const std::size_t tail = GetParam() == KubeFormat::kProtobuf ? 4 : 0;
  for (std::size_t size = 0; size < whole.size() - tail; ++size) {
    expect_list(kList, whole.substr(0, size));
    EXPECT_FALSE(run(reader->attached_volumes())) << size;
  }
}

TEST_P(QuorumReaderTest, FailedSecondPageFailsTheWhole) {
  http.expect("GET", "&continue=").reply(410, R"({"kind":"Status","code":410,"reason":"Expired"})");
  expect_list(kList, attachments_bytes(GetParam(), {"pv-1"}, "next"));

  const auto names = run(reader->attached_volumes());

  ASSERT_FALSE(names);
  EXPECT_THAT(names.error().detail, HasSubstr("volumeattachments"));
}

TEST_P(QuorumReaderTest, ListWithoutAnEndIsGivenUp) {
  expect_list(kList, attachments_bytes(GetParam(), {"pv-1"}, "again")).always();

  EXPECT_FALSE(run(reader->attached_volumes()));
  EXPECT_EQ(http.requests().size(), 1000u);
}

TEST(AttachmentDecode, ItemsThatCannotBeRead) {
  for (const char* text : {"", "[]", "{\"spec\":1}", "{\"spec\":{\"source\":[]}}",
                           "{\"spec\":{\"source\":{\"persistentVolumeName\":7}}}"}) {
    EXPECT_FALSE(decode_attachment(KubeFormat::kJson, text)) << text;
  }
  // spec (field 2) as a varint, and one that is cut.
  EXPECT_FALSE(decode_attachment(KubeFormat::kProtobuf, from_hex("1001")));
  EXPECT_FALSE(decode_attachment(KubeFormat::kProtobuf, from_hex("120512")));
  EXPECT_EQ(*decode_attachment(KubeFormat::kProtobuf, from_hex("120412020a00")), "");
}

} // namespace
} // namespace syncer
