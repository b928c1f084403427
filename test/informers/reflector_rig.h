#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include "fake_api_server.h"
#include "fakes/fake_clock.h"
#include "informers/cluster_cache.h"
#include "informers/reflector.h"

namespace syncer {

// A reflector between a fake API server and a cache, on fake time.
class ReflectorRig {
 public:
  explicit ReflectorRig(KubeFormat format = KubeFormat::kProtobuf,
                        Resource resource = Resource::kPods)
      : server(io.get_executor(), clock, resource, format), resource_(resource) {
    KubeClient::HttpFactory factory = [this](ClientOptions) {
      return Outcome<std::unique_ptr<HttpClient>>(std::make_unique<BorrowedHttp>(server));
    };
    client = std::move(*KubeClient::create({std::move(factory), clock, log}, KubeConfig()));
    reflector =
        std::make_unique<Reflector>(Reflector::Deps{io.get_executor(), *client, clock, observer,
                                                    log, cache, [this] { return chance; }},
                                    resource);
    // The other two resources are empty and true.
    for (const Resource other : kResources) {
      if (other == resource) continue;
      cache.begin_list(other, false);
      cache.end_list(other);
      cache.reached_quorum(other);
    }
  }
  ~ReflectorRig() { stop(); }

  void start() {
    asio::co_spawn(io, reflector->run(),
                   asio::bind_cancellation_slot(cancel_.slot(), [this](std::exception_ptr error) {
                     ended = true;
                     if (error) std::rethrow_exception(error);
                   }));
    clock.settle();
  }
  void stop() {
    if (ended || !reflector) return;
    cancel_.emit(asio::cancellation_type::all);
    clock.settle();
  }

  // Names in the cache, by asking for the handle each object is reached by.
  std::vector<std::string> pods() const {
    std::vector<std::string> names;
    for (const auto& volume : cache.facts("h1").volumes) {
      for (const Pod& pod : volume.pods) names.push_back(pod.key.name.str());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  // A PV with handle h1 whose claim shop/c-pv-1 the pods use.
  void add_volume() {
    cache.put(Resource::kVolumes,
              decode_item(KubeFormat::kJson, Resource::kVolumes, pv_json("pv-1", "h1", 1).dump()));
    cache.put(Resource::kClaims, decode_item(KubeFormat::kJson, Resource::kClaims,
                                             claim_json("c-pv-1", "pv-1", 1).dump()));
  }
  nlohmann::json pod(const std::string& name) const { return pod_json(name, "c-pv-1", 0); }

  struct Counting : Observer {
    void watch_restarted(std::string_view, std::string_view reason) override {
      ++restarts[std::string(reason)];
    }
    void relisted(std::string_view, Seconds) override { ++lists; }
    void decode_failed(std::string_view) override { ++undecodable; }
    std::map<std::string, int> restarts;
    int lists = 0;
    int undecodable = 0;
  };

  asio::io_context io;
  FakeClock clock{io};
  Counting observer;
  spdlog::logger log{"test", std::make_shared<spdlog::sinks::null_sink_st>()};
  double chance = 0;
  FakeApiServer server;
  ClusterCache cache{clock, observer, ViewCallbacks()};
  std::unique_ptr<KubeClient> client;
  std::unique_ptr<Reflector> reflector;
  bool ended = false;

 private:
  Resource resource_;
  asio::cancellation_signal cancel_;
};

} // namespace syncer
