#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <deque>
#include <nlohmann/json.hpp>
#include <random>

#include "fakes/scripted_kube.h"
#include "kube/lease_elector.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

// One Lease, kept as an API server keeps it: a PUT names the version that it replaces.
class LeaseShelf {
 public:
  HttpResponse answer(const HttpRequest& request) {
    if (request.method == "GET") {
      return lease_ ? reply(200) : HttpResponse{404, {}, "{}"};
    }
    const json wanted = json::parse(request.body);
    if (request.method == "POST") {
      if (lease_) return {409, {}, "{}"};
    } else if (!lease_ || wanted["metadata"]["resourceVersion"] != version()) {
      return {409, {}, "{}"};
    }
    lease_ = wanted;
    ++version_;
    (*lease_)["metadata"]["resourceVersion"] = version();
    return reply(request.method == "POST" ? 201 : 200);
  }

 private:
  std::string version() const { return std::to_string(version_); }
  HttpResponse reply(int status) const { return {status, {}, lease_->dump()}; }

  std::optional<json> lease_;
  int version_ = 0;
};

// The way to it: slow, lossy, or cut. There is no watch.
class Road final : public HttpClient {
 public:
  Road(LeaseShelf& shelf, Clock& clock, std::mt19937& dice, const bool& cut)
      : shelf_(shelf), clock_(clock), dice_(dice), cut_(cut) {}

  asio::awaitable<Outcome<HttpResponse>> send(HttpRequest request,
                                              Clock::time_point deadline) override {
    const Clock::time_point connected = std::min(deadline, clock_.now() + delay());
    co_await clock_.sleep_until(connected);
    if (request.may_send && !request.may_send()) co_return lost();
    const Clock::time_point arrives = std::min(deadline, clock_.now() + delay());
    co_await clock_.sleep_until(arrives);
    if (cut_ || chance(10)) co_return lost();
    HttpResponse response = shelf_.answer(request);
    const Clock::time_point back = std::min(deadline, clock_.now() + delay());
    co_await clock_.sleep_until(back);
    if (cut_ || chance(10) || clock_.now() >= deadline) co_return lost();
    co_return response;
  }
  asio::awaitable<Outcome<std::unique_ptr<HttpStream>>> open_stream(HttpRequest,
                                                                    Clock::time_point) override {
    co_return lost();
  }

 private:
  static Error lost() {
    Error error;
    error.detail = "lost on the way";
    return error;
  }
  bool chance(unsigned percent) { return dice_() % 100 < percent; }
  Clock::duration delay() {
    return chance(60) ? Clock::duration(5ms)
                      : Clock::duration(std::chrono::milliseconds(dice_() % 4000));
  }

  LeaseShelf& shelf_;
  Clock& clock_;
  std::mt19937& dice_;
  const bool& cut_;
};

struct Rival {
  std::string name;
  bool cut = false; // from the API server: it can only believe what it knew
  bool gone = false;
  std::unique_ptr<KubeClient> client;
  std::unique_ptr<LeaseElector> elector;
};

asio::awaitable<void> compete(Rival& rival) {
  while (!rival.gone) {
    co_await rival.elector->campaign();
    co_await rival.elector->hold();
  }
}

class LeaseRivalsTest : public testing::TestWithParam<unsigned> {
 protected:
  Rival& join() {
    Rival& rival = rivals.emplace_back();
    rival.name = "rival-" + std::to_string(rivals.size());
    KubeClient::HttpFactory factory =
        [&](const ClientOptions&) -> Outcome<std::unique_ptr<HttpClient>> {
      return std::unique_ptr<HttpClient>(
          std::make_unique<Road>(shelf, kube.clock, dice, rival.cut));
    };
    auto client = KubeClient::create({std::move(factory), kube.clock, kube.log}, KubeConfig());
    rival.client = std::move(*client);
    LeaseElector::Options options;
    options.ns = "csi";
    options.identity = rival.name;
    // With the second kind an answer may take longer than the margin.
    options.timing = {3s, 2s, 500ms};
    if (GetParam() % 2 == 0) options.timing = {15s, 10s, 500ms};
    const LeaseElector::Deps deps{kube.io.get_executor(), *rival.client, kube.clock, kube.log,
                                  [this] { return static_cast<double>(dice() % 1000) / 1000; }};
    rival.elector = std::make_unique<LeaseElector>(deps, std::move(options));
    kube.start(compete(rival));
    return rival;
  }
  void leave(Rival& rival) {
    rival.gone = true;
    kube.start(rival.elector->resign(kube.clock.now() + 2s));
  }
  std::size_t writers() const {
    return static_cast<std::size_t>(
        std::count_if(rivals.begin(), rivals.end(),
                      [](const Rival& rival) { return rival.elector->may_write(0s); }));
  }

  ScriptedKube kube;
  std::mt19937 dice{GetParam()};
  LeaseShelf shelf;
  std::deque<Rival> rivals; // also those that left, until the end
};

TEST_P(LeaseRivalsTest, NeverMayTwoWriteAndTheWorkGoesOn) {
  for (int i = 0; i < 3; ++i) join();
  int led = 0;
  constexpr int kSteps = 6000;
  for (int step = 0; step < kSteps; ++step) {
    kube.clock.advance(100ms);
    ASSERT_LE(writers(), 1u) << "step " << step;
    led += static_cast<int>(writers());
    if (dice() % 200 == 0) {
      for (Rival& rival : rivals) rival.cut = rival.elector->leads();
    }
    if (dice() % 400 == 0) {
      leave(rivals[rivals.size() - 3]);
      join();
    }
  }
  EXPECT_GT(led, kSteps / 20);
}

INSTANTIATE_TEST_SUITE_P(Seeds, LeaseRivalsTest, testing::Range(1u, 9u));

} // namespace
} // namespace syncer
