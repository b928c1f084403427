#include "informers/informers.h"

#include <spdlog/sinks/null_sink.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "fake_api_server.h"
#include "fakes/fake_clock.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;

// One API server with all three resources.
class ThreeResources final : public HttpClient {
 public:
  ThreeResources(FakeApiServer& volumes, FakeApiServer& claims, FakeApiServer& pods)
      : volumes_(volumes), claims_(claims), pods_(pods) {}
  asio::awaitable<Outcome<HttpResponse>> send(HttpRequest request,
                                              Clock::time_point deadline) override {
    FakeApiServer& server = server_of(request);
    return server.send(std::move(request), deadline);
  }
  asio::awaitable<Outcome<std::unique_ptr<HttpStream>>> open_stream(
      HttpRequest request, Clock::time_point deadline) override {
    FakeApiServer& server = server_of(request);
    return server.open_stream(std::move(request), deadline);
  }

 private:
  FakeApiServer& server_of(const HttpRequest& request) {
    if (request.target.find("/persistentvolumes") != std::string::npos) return volumes_;
    return request.target.find("/pods") != std::string::npos ? pods_ : claims_;
  }
  FakeApiServer& volumes_;
  FakeApiServer& claims_;
  FakeApiServer& pods_;
};

class InformersTest : public testing::Test {
 protected:
  InformersTest() {
    volumes.put(pv_json("pv-1", "h1", 0));
    claims.put(claim_json("c-pv-1", "pv-1", 0));
    pods.put(pod_json("web-0", "c-pv-1", 0));
    KubeClient::HttpFactory factory = [this](ClientOptions) {
      return Outcome<std::unique_ptr<HttpClient>>(
          std::make_unique<ThreeResources>(volumes, claims, pods));
    };
    client = std::move(*KubeClient::create({std::move(factory), clock, log}, KubeConfig()));
    const Informers::Deps deps{io.get_executor(), *client, clock,
                               observer,          log,     [] { return 0.0; }};
    ViewCallbacks callbacks;
    callbacks.touched = [this](const VolumeKey& key, ChangeKind) {
      touched.push_back(key.id.str());
    };
    callbacks.on_synced = [this] { ++synced; };
    informers = std::make_unique<Informers>(deps, std::move(callbacks));
    asio::co_spawn(io, informers->run(),
                   asio::bind_cancellation_slot(cancel.slot(), [this](std::exception_ptr error) {
                     ended = true;
                     failed = error != nullptr;
                   }));
    clock.settle();
  }
  ~InformersTest() override {
    cancel.emit(asio::cancellation_type::terminal);
    clock.settle();
  }

  asio::io_context io;
  FakeClock clock{io};
  Observer observer;
  spdlog::logger log{"test", std::make_shared<spdlog::sinks::null_sink_st>()};
  FakeApiServer volumes{io.get_executor(), clock, Resource::kVolumes, KubeFormat::kProtobuf};
  FakeApiServer claims{io.get_executor(), clock, Resource::kClaims, KubeFormat::kProtobuf};
  FakeApiServer pods{io.get_executor(), clock, Resource::kPods, KubeFormat::kProtobuf};
  std::unique_ptr<KubeClient> client;
  std::unique_ptr<Informers> informers;
  asio::cancellation_signal cancel;
  std::vector<std::string> touched;
  int synced = 0;
  bool ended = false;
  bool failed = false;
};

TEST_F(InformersTest, ThreeListsMakeOneView) {
  EXPECT_EQ(synced, 1);
  EXPECT_TRUE(informers->view().synced());
  EXPECT_TRUE(informers->view().complete());
  const VolumeFacts facts = informers->view().facts("h1");
  ASSERT_EQ(facts.volumes.size(), 1u);
  EXPECT_TRUE(facts.volumes[0].claim);
  EXPECT_EQ(facts.volumes[0].pods.size(), 1u);
}

TEST_F(InformersTest, ChangesTouchTheVolume) {
  touched.clear();
  nlohmann::json claim = claim_json("c-pv-1", "pv-1", 0);
  claim["metadata"]["labels"]["app"] = "db";
  claims.put(claim);
  clock.settle();

  EXPECT_EQ(touched, std::vector<std::string>{"h1"});
}

TEST_F(InformersTest, StatusTellsHowLongTheServerIsSilent) {
  clock.advance(30s);

  const auto rows = informers->status();

  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[2].resource, Resource::kPods);
  EXPECT_TRUE(rows[2].synced);
  EXPECT_EQ(rows[2].objects, 1u);
  EXPECT_EQ(rows[2].silence, 30s);
}

TEST_F(InformersTest, ViewThatWentBackWaitsForConfirmation) {
  pods.push(bookmark_bytes(KubeFormat::kProtobuf, Resource::kPods, "5", false));
  clock.advance(1s);
  EXPECT_TRUE(informers->view_went_back());
  EXPECT_FALSE(informers->view().complete());

  informers->confirm_view();
  EXPECT_TRUE(informers->view().complete());
}

TEST_F(InformersTest, EndsWithoutAnErrorWhenCancelled) {
  EXPECT_FALSE(ended);
  cancel.emit(asio::cancellation_type::terminal);
  clock.settle();

  EXPECT_TRUE(ended);
  EXPECT_FALSE(failed);
}

} // namespace
} // namespace syncer
