#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <spdlog/sinks/null_sink.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "fakes/fake_leadership.h"
#include "fakes/object_server.h"
#include "operators/trigger_controller.h"

namespace syncer {

// A TriggerController, the API server it writes to, which shows it every write, and full syncs that
// a test begins and ends.
class TriggerRig : public testing::Test {
 protected:
  using Json = nlohmann::json;
  using Fault = ObjectServer::Fault;
  static constexpr std::chrono::minutes kInterval{30};

  struct Events final : EventSink {
    void normal(const EventTarget& about, std::string_view reason,
                std::string_view message) override {
      add("Normal", about, reason, message);
    }
    void warning(const EventTarget& about, std::string_view reason,
                 std::string_view message) override {
      add("Warning", about, reason, message);
    }
    void add(const char* type, const EventTarget& about, std::string_view reason,
             std::string_view message) {
      EXPECT_EQ(about.kind, EventTarget::Kind::kTriggerFullSync);
      all.push_back(std::string(type) + " " + std::string(reason) + " " + about.key.name.str() +
                    ": " + std::string(message));
    }
    std::vector<std::string> all;
  };

  static std::string path() { return std::string(kFullSyncTriggers) + "/" + kFullSyncTrigger; }
  static Json object(std::int64_t id, std::int64_t last, bool in_progress = false) {
    return {{"metadata", {{"name", kFullSyncTrigger}}},
            {"spec", {{"triggerSyncID", id}}},
            {"status", {{"inProgress", in_progress}, {"lastTriggerSyncID", last}}}};
  }

  // A process begins to work. Without an object: there is none.
  void start() {
    controller = std::make_unique<TriggerController>(
        TriggerController::Deps{{*client, clock, leadership, log, [] { return 0.0; }},
                                io.get_executor(),
                                events,
                                {[this] { return ready; },
                                 [this](bool may_join) {
                                   ++begun;
                                   joined += may_join ? 1 : 0;
                                 },
                                 [this] { return vcenters; }}},
        kInterval);
    running = {"vc-1", "", "", 0, 0, 0, 0};
    server.on_write = [this](const std::string& at, const Json& written) {
      const ObjectName name{"", written["metadata"]["name"].get<std::string>()};
      if (!at.starts_with(kFullSyncTriggers)) return;
      EXPECT_TRUE(controller->put(name, written));
    };
    asio::co_spawn(io, controller->run(), [](const std::exception_ptr& failure) {
      if (failure) std::rethrow_exception(failure);
    });
    if (!shown().is_null()) server.on_write(path(), shown());
    controller->listed();
    clock.settle();
  }
  // Triggered n times before; our own request of the start is over.
  void start_idle(std::int64_t last = 4) {
    server.put(path(), object(last - 1, last - 1));
    start();
    end_run();
    ASSERT_EQ(shown()["status"]["lastTriggerSyncID"], last);
    events.all.clear();
  }
  void ask(std::int64_t id) {
    Json now = shown();
    now["spec"]["triggerSyncID"] = id;
    server.put(path(), now);
    clock.settle();
  }
  void end_run(const std::string& result = "success", const std::string& error = "") {
    vcenters = {running};
    vcenters.front().result = result;
    vcenters.front().error = error;
    pass(std::chrono::seconds(1));
    vcenters = {running};
  }
  void pass(Clock::duration time) { clock.advance(time); }
  Json shown() const { return server.get(path()); }
  Json status() const { return shown()["status"]; }
  bool idle() const { return !status()["inProgress"].get<bool>(); }

  asio::io_context io;
  FakeClock clock{io};
  FakeLeadership leadership;
  spdlog::logger log{"test", std::make_shared<spdlog::sinks::null_sink_st>()};
  ObjectServer server{io.get_executor()};
  std::unique_ptr<KubeClient> client = client_of(server, clock, log);
  Events events;
  RunAtVCenter running;
  std::vector<RunAtVCenter> vcenters{{"vc-1", "", "", 0, 0, 0, 0}};
  bool ready = true;
  int begun = 0;
  int joined = 0;
  std::unique_ptr<TriggerController> controller;
};

} // namespace syncer
