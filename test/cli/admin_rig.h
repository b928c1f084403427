// The admin commands before a service whose answers are written down, and a terminal in memory.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <sstream>

#include "cli/admin_commands.h"

namespace syncer {

using nlohmann::json;

// The last status, and the last explanation, is repeated.
class Service {
 public:
  Outcome<json> ask(const std::string& method, const std::string& path, const json& body) {
    asked.push_back(method + " " + path + (body.is_null() ? "" : " " + body.dump()));
    if (refusal) return *refusal;
    if (path == "/resync") return resync;
    if (path == "/statusz") return take(statuses);
    if (path.starts_with("/explain")) return take(explanations);
    if (path.starts_with("/drift")) return drift;
    return json::parse(R"({"count":3})");
  }
  Outcome<std::string> read_text(const std::string& path) {
    asked.push_back("GET " + path);
    if (refusal) return *refusal;
    return text;
  }
  Outcome<> read_lines(const std::string& path, const std::function<void(const json&)>& each) {
    asked.push_back("GET " + path);
    if (refusal) return *refusal;
    for (const json& line : lines) each(line);
    return Done{};
  }

  std::vector<std::string> asked;
  std::deque<json> statuses{json::object()};
  std::deque<json> explanations{json::object()};
  json resync = json::parse(R"({"resync":[{"vcenter":"vc","cycle":2}]})");
  std::vector<json> lines;
  json drift = json::object();
  std::string text;
  std::optional<Error> refusal;

 private:
  static json take(std::deque<json>& answers) {
    const json answer = answers.front();
    if (answers.size() > 1) answers.pop_front();
    return answer;
  }
};

class ToService final : public AdminPort {
 public:
  explicit ToService(Service& service) : service_(service) {}
  Outcome<json> ask(const std::string& method, const std::string& path, const json& body) override {
    return service_.ask(method, path, body);
  }
  Outcome<std::string> read_text(const std::string& path) override {
    return service_.read_text(path);
  }
  Outcome<> read_lines(const std::string& path,
                       const std::function<void(const json&)>& each) override {
    return service_.read_lines(path, each);
  }

 private:
  Service& service_;
};

class AdminRig : public testing::Test {
 protected:
  // What a signal is to a real process.
  struct Ended {};

  // Of what never ends by itself: ended in the pause of that number, the first is 1.
  void run_until_pause(int number, const std::string& name,
                       const std::vector<std::string>& arguments) {
    pauses_left = number - 1;
    EXPECT_THROW(run(name, arguments), Ended);
  }
  void pause(Clock::duration time) {
    if (pauses_left && (*pauses_left)-- == 0) throw Ended();
    now += time;
    if (paused) paused();
  }

  int run(const std::string& name, const std::vector<std::string>& arguments) {
    const AdminCommand command = admin_command(name);
    EXPECT_NE(command, nullptr);
    Terminal terminal{out,
                      err,
                      interactive,
                      colours,
                      progress,
                      [this] { return answer; },
                      [this](Clock::duration time) { pause(time); },
                      [this] { return now; }};
    terminal.width = size.columns;
    terminal.unicode = unicode;
    terminal.screen = screen;
    terminal.size = [this] { return size; };
    terminal.wall = [this] {
      const auto since_start = now - Clock::time_point(std::chrono::hours(1));
      return std::chrono::system_clock::time_point(std::chrono::hours(14)) +
             std::chrono::duration_cast<std::chrono::system_clock::duration>(since_start);
    };
    terminal.end_quietly = [this](const char* words) { last_words = words; };
    const OpenAdminPort open = [this](const std::string& where) {
      address = where;
      return std::make_unique<ToService>(service);
    };
    return command(arguments, open, terminal);
  }

  Service service;
  bool interactive = false;
  bool colours = false;
  bool progress = false;
  bool unicode = true;
  bool screen = false;
  ScreenSize size;
  std::optional<int> pauses_left;
  std::function<void()> paused; // what happens meanwhile
  std::string last_words;
  std::string answer;
  std::string address;
  Clock::time_point now{std::chrono::hours(1)};
  std::ostringstream out;
  std::ostringstream err;
};

} // namespace syncer
