#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "fakes/fake_clock.h"
#include "fakes/scripted_http.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

asio::awaitable<void> note_after(FakeClock& clock, std::chrono::seconds wait, std::string name,
                                 std::vector<std::string>& notes) {
  co_await clock.sleep_until(clock.now() + wait);
  notes.push_back(name);
}

TEST(FakeClock, SleepersWakeInOrderOfTheirDeadlines) {
  asio::io_context io;
  FakeClock clock(io);
  std::vector<std::string> notes;
  asio::co_spawn(io, note_after(clock, 3s, "late", notes), rethrow);
  asio::co_spawn(io, note_after(clock, 1s, "early", notes), rethrow);
  asio::co_spawn(io, note_after(clock, 1s, "early too", notes), rethrow);

  clock.advance(999ms);
  EXPECT_TRUE(notes.empty());
  EXPECT_EQ(clock.sleepers(), 3u);
  clock.advance(5s);

  EXPECT_EQ(notes, (std::vector<std::string>{"early", "early too", "late"}));
  EXPECT_EQ(clock.sleepers(), 0u);
}

asio::awaitable<void> tick(FakeClock& clock, std::vector<Clock::time_point>& ticks) {
  for (int i = 0; i < 4; ++i) {
    co_await clock.sleep_until(clock.now() + 10s);
    ticks.push_back(clock.now());
  }
}

TEST(FakeClock, LoopSeesEachDeadlineAsNowEvenInOneAdvance) {
  asio::io_context io;
  FakeClock clock(io);
  const auto start = clock.now();
  std::vector<Clock::time_point> ticks;
  asio::co_spawn(io, tick(clock, ticks), rethrow);

  clock.advance(60s);

  EXPECT_EQ(ticks, (std::vector{start + 10s, start + 20s, start + 30s, start + 40s}));
  EXPECT_EQ(clock.now(), start + 60s);
}

asio::awaitable<void> race(FakeClock& clock, std::optional<std::size_t>& winner) {
  using namespace asio::experimental::awaitable_operators;
  const auto soon = clock.now() + 2s;
  const auto later = clock.now() + 5s;
  const auto first = co_await (clock.sleep_until(later) || clock.sleep_until(soon));
  winner = first.index();
}

TEST(FakeClock, LosingSleeperOfARaceIsForgotten) {
  asio::io_context io;
  FakeClock clock(io);
  std::optional<std::size_t> winner;
  asio::co_spawn(io, race(clock, winner), rethrow);

  EXPECT_TRUE(clock.advance_to_next());

  EXPECT_EQ(winner, 1u);
  EXPECT_EQ(clock.sleepers(), 0u);
}

TEST(FakeClock, DestroyedBeforeItsSleepers) {
  asio::io_context io;
  std::vector<std::string> notes;
  {
    FakeClock clock(io);
    asio::co_spawn(io, note_after(clock, 3s, "never", notes), rethrow);
    clock.settle();
  }
  EXPECT_TRUE(notes.empty());
}

class ScriptedHttpTest : public testing::Test {
 protected:
  asio::awaitable<void> do_send(HttpRequest request) {
    answer_ = co_await http_.send(std::move(request), clock_.now() + 10s);
  }
  asio::awaitable<void> do_read(HttpRequest request) {
    Outcome<std::unique_ptr<HttpStream>> stream =
        co_await http_.open_stream(std::move(request), clock_.now() + 10s);
    for (;;) {
      const Outcome<std::string_view> piece = co_await (*stream)->read_some(clock_.now() + 30s);
      if (!piece) {
        stream_error_ = piece.error();
        co_return;
      }
      if (piece->empty()) co_return;
      read_.push_back(std::string(*piece));
    }
  }
  static HttpRequest post(std::string target, std::string body) {
    HttpRequest request;
    request.method = "POST";
    request.target = std::move(target);
    request.body = std::move(body);
    return request;
  }
  void send(HttpRequest request) {
    answer_.reset();
    asio::co_spawn(io_, do_send(std::move(request)), rethrow);
    clock_.settle();
  }

  asio::io_context io_;
  FakeClock clock_{io_};
  ScriptedHttp http_{io_.get_executor(), clock_};
  std::optional<Outcome<HttpResponse>> answer_;
  std::vector<std::string> read_;
  std::optional<Error> stream_error_;
};

TEST_F(ScriptedHttpTest, FirstMatchingExpectationAnswers) {
  http_.expect("POST", "/sdk").body_contains("<Logout").reply(500, "later");
  http_.expect("POST", "/sdk").body_contains("<Login").reply(200, "welcome");

  send(post("/sdk", "<Login/>"));

  ASSERT_TRUE(answer_);
  EXPECT_EQ((*answer_)->body, "welcome");
  EXPECT_EQ(http_.unmet(), 1u);
  EXPECT_EQ(http_.requests().at(0).body, "<Login/>");
}

TEST_F(ScriptedHttpTest, HeldAnswerWaitsForReleaseAndGivesUpAtTheDeadline) {
  Expectation& first = http_.expect("POST", "/a").reply(200, "a").held();
  http_.expect("POST", "/b").reply(200, "b").held();

  send(post("/a", ""));
  EXPECT_FALSE(answer_);
  first.release();
  clock_.settle();
  ASSERT_TRUE(answer_);
  EXPECT_EQ((*answer_)->body, "a");

  send(post("/b", ""));
  clock_.advance(10s);
  ASSERT_TRUE(answer_);
  EXPECT_EQ(answer_->error().kind, ErrorKind::kTransient);
}

TEST_F(ScriptedHttpTest, LostAnswerConsumesItsExpectationButAnUnsentRequestDoesNot) {
  Expectation& expectation = http_.expect("POST", "/a").reply(200, "a");
  Error unsent;
  unsent.unsent = true;
  http_.fail_request(0, unsent);
  http_.fail_request(1, Error());

  send(post("/a", ""));
  EXPECT_TRUE(answer_->error().unsent);
  EXPECT_EQ(expectation.met(), 0u);
  send(post("/a", ""));

  EXPECT_FALSE(answer_->error().unsent);
  EXPECT_EQ(expectation.met(), 1u);
}

TEST_F(ScriptedHttpTest, RefusedByMaySendIsNotARequest) {
  HttpRequest request = post("/a", "");
  request.may_send = [] { return false; };

  send(std::move(request));

  EXPECT_EQ(answer_->error().kind, ErrorKind::kCancelled);
  EXPECT_TRUE(answer_->error().unsent);
  EXPECT_TRUE(http_.requests().empty());
  EXPECT_EQ(http_.refused(), 1u);
}

TEST_F(ScriptedHttpTest, StreamGivesThePushedPiecesAndThenItsEnd) {
  ScriptedStream& stream = http_.expect("GET", "watch=true").stream();
  stream.push_in_pieces("hello", 2);
  HttpRequest request;
  request.target = "/api/v1/pods?watch=true";
  asio::co_spawn(io_, do_read(std::move(request)), rethrow);
  clock_.settle();
  EXPECT_EQ(read_, (std::vector<std::string>{"he", "ll", "o"}));
  EXPECT_FALSE(stream.closed());

  stream.push(" world").cut();
  clock_.settle();

  EXPECT_EQ(read_.back(), " world");
  ASSERT_TRUE(stream_error_);
  EXPECT_TRUE(stream.closed());
}

TEST_F(ScriptedHttpTest, SilentStreamEndsAtTheReadDeadline) {
  http_.expect("GET", "/").stream();
  asio::co_spawn(io_, do_read(HttpRequest()), rethrow);

  clock_.advance(29s);
  EXPECT_FALSE(stream_error_);
  clock_.advance(1s);

  ASSERT_TRUE(stream_error_);
  EXPECT_EQ(stream_error_->kind, ErrorKind::kTransient);
}

} // namespace
} // namespace syncer
