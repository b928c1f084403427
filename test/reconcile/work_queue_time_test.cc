#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "fakes/fake_clock.h"
#include "reconcile/work_queue.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;

// Hears how long volumes wait and are worked on.
class Stopwatch final : public Observer {
 public:
  void queue_waited(Seconds time) override { waited.push_back(time.count()); }
  void queue_worked(Seconds time) override { worked.push_back(time.count()); }
  std::vector<double> waited, worked;
};

class WorkQueueTime : public testing::Test {
 protected:
  WorkQueueTime() { queue.measure(clock, stopwatch); }
  void add(const char* id) { queue.add(id, EntityKind::kVolume, clock.now()); }

  asio::io_context io;
  FakeClock clock{io};
  Stopwatch stopwatch;
  WorkQueue queue;
};

TEST_F(WorkQueueTime, TellsHowLongVolumesWaitAndAreWorkedOn) {
  add("a");
  clock.advance(2s);
  add("a"); // stands there already: it waits since the first
  clock.advance(1s);
  queue.take(clock.now(), true);
  add("a"); // waits only when it is out of the worker's hands
  clock.advance(4s);
  EXPECT_EQ(queue.work(clock.now()).longest, 4s);
  queue.done({"a"});
  clock.advance(5s);
  queue.take(clock.now(), true);
  add("b");
  queue.take(clock.now(), true);
  clock.advance(6s);

  EXPECT_EQ(stopwatch.waited, (std::vector<double>{3, 5, 0}));
  EXPECT_EQ(stopwatch.worked, (std::vector<double>{4}));
  EXPECT_EQ(queue.work(clock.now()).sum, 12s);
}

TEST_F(WorkQueueTime, APauseBeforeARetryIsNoWaiting) {
  add("a");
  queue.take(clock.now(), true);
  queue.retry_at({"a"}, clock.now() + 10s);
  clock.advance(10s);
  queue.take(clock.now(), true);

  EXPECT_EQ(stopwatch.waited, (std::vector<double>{0, 0}));
}

} // namespace
} // namespace syncer
