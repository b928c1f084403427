#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <memory>
#include <string>
#include <vector>

#include "fake_api_server.h"
#include "fakes/fake_clock.h"
#include "informers/informers.h"

namespace syncer {

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
    callbacks.on_deleted = [this](const BoundVolume&, bool observed) {
      ++(observed ? seen_to_go : missed);
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
  int seen_to_go = 0; // PVs
  int missed = 0;
  bool ended = false;
  bool failed = false;
};

} // namespace syncer
