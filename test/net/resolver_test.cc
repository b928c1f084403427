#include "net/resolver.h"

#include <gmock/gmock.h>

#include <deque>
#include <future>

#include "loopback.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Endpoints one_address(const char* text) {
  return Endpoints{asio::ip::tcp::endpoint(asio::ip::make_address(text), 443)};
}

Error dns_down() {
  Error error;
  error.detail = "DNS is down";
  return error;
}

TEST(Resolver, NumericAddressesAreNotLookedUp) {
  asio::io_context io;
  const LookUp never = [](const std::string&, std::uint16_t) -> Outcome<Endpoints> {
    std::abort();
  };
  Resolver v4(io.get_executor(), "10.0.0.1", 443, never);
  Resolver v6(io.get_executor(), "fd00::1", 443, never);
  EXPECT_EQ(*run(io, v4.resolve(soon())), one_address("10.0.0.1"));
  EXPECT_EQ(*run(io, v6.resolve(soon())), one_address("fd00::1"));
}

TEST(Resolver, LastGoodAddressServesWhileTheNameCannotBeResolved) {
  asio::io_context io;
  std::deque<Outcome<Endpoints>> answers = {dns_down(), one_address("10.0.0.1"), dns_down(),
                                            one_address("10.0.0.2")};
  // Runs on the other thread, but never while this one looks at the answers.
  const LookUp scripted = [&](const std::string&, std::uint16_t) {
    Outcome<Endpoints> answer = answers.front();
    answers.pop_front();
    return answer;
  };
  Resolver resolver(io.get_executor(), "vc.example.com", 443, scripted);

  const Outcome<Endpoints> failed = run(io, resolver.resolve(soon()));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::kTransient);
  EXPECT_TRUE(failed.error().unsent);
  EXPECT_THAT(failed.error().detail, HasSubstr("resolve vc.example.com: DNS is down"));
  EXPECT_EQ(*run(io, resolver.resolve(soon())), one_address("10.0.0.1"));
  EXPECT_EQ(*run(io, resolver.resolve(soon())), one_address("10.0.0.1"));
  EXPECT_EQ(*run(io, resolver.resolve(soon())), one_address("10.0.0.2"));
}

TEST(Resolver, SlowDnsEndsAtTheDeadlineAndIsAskedOnceForAll) {
  asio::io_context io;
  std::promise<void> unblock;
  std::atomic<int> asked = 0;
  const LookUp slow = [&](const std::string&, std::uint16_t) -> Outcome<Endpoints> {
    ++asked;
    unblock.get_future().wait();
    return one_address("10.0.0.1");
  };
  Resolver resolver(io.get_executor(), "vc.example.com", 443, slow);
  const auto deadline = Clock::time_point::clock::now() + 30ms;

  const Outcome<Endpoints> late = run(io, resolver.resolve(deadline));
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().detail, HasSubstr("no answer in time"));
  int answered = 0;
  for (int i = 0; i < 3; ++i) {
    asio::co_spawn(io, resolver.resolve(soon()),
                   [&](std::exception_ptr, const Outcome<Endpoints>& found) {
                     answered += found && *found == one_address("10.0.0.1") ? 1 : 0;
                   });
  }
  io.restart();
  io.poll();
  unblock.set_value();

  EXPECT_TRUE(run_until(io, [&] { return answered == 3; }));
  EXPECT_EQ(asked, 1);
}

} // namespace
} // namespace syncer
