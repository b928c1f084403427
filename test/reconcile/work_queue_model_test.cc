// Random use of the queue, compared with a model that only knows who must run and who may not.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>

#include "reconcile/work_queue.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;

class WorkQueueModel : public testing::TestWithParam<std::uint32_t> {
 protected:
  struct Key {
    bool owed = false;                      // an event came that no run has begun after
    bool processing = false;                // handed out and not ended
    std::optional<Clock::time_point> retry; // must run no later than this
  };

  std::size_t below(std::size_t bound) { return random() % bound; }
  std::string some_key() { return "volume-" + std::to_string(below(12)); }
  Clock::time_point soon() { return now + std::chrono::milliseconds(below(5000)); }

  void event() {
    const std::string id = some_key();
    if (below(3) == 0) {
      // During a backoff full sync is refused, so only a volume at rest is owed a run by it.
      if (!queue_knows(id)) model[id].owed = true;
      queue.add_bulk(id);
    } else {
      model[id].owed = true;
      queue.add(id, static_cast<EntityKind>(below(3)), now);
    }
  }
  bool queue_knows(const std::string& id) { return model.contains(id); }

  void take() {
    const auto taken = queue.take(now, below(2) == 0);
    if (!taken) return;
    Key& key = model[taken->id.str()];
    ASSERT_FALSE(key.processing) << "handed out twice: " << taken->id.view();
    key = Key{false, true, std::nullopt};
    running.insert(taken->id.str());
  }

  void end_one() {
    if (running.empty()) return;
    const std::string id = *std::next(running.begin(), static_cast<int>(below(running.size())));
    running.erase(id);
    Key& key = model[id];
    key.processing = false;
    const Clock::time_point when = soon();
    switch (below(4)) {
      case 0:
        queue.done(id);
        if (!key.owed && !key.retry) model.erase(id);
        break;
      case 1:
        key.retry = when;
        queue.retry_at(id, when);
        break;
      case 2: // Events that came meanwhile wait as well.
        key = Key{false, false, when};
        queue.defer(id, when);
        break;
      case 3:
        key.owed = true;
        queue.requeue(id);
        break;
    }
  }

  // Nothing may be left over once everything that is owed has run.
  void drain() {
    while (!running.empty()) {
      const std::string id = *running.begin();
      running.erase(id);
      model[id].processing = false;
      queue.done(id);
    }
    now += 1h;
    std::set<std::string> ran;
    while (const auto taken = queue.take(now, true)) {
      ran.insert(taken->id.str());
      queue.done(taken->id);
    }
    for (const auto& [id, key] : model) {
      EXPECT_TRUE(ran.contains(id) || !(key.owed || key.retry)) << "lost: " << id;
    }
    EXPECT_EQ(queue.size(), 0u);
    EXPECT_EQ(queue.processing(), 0u);
    EXPECT_FALSE(queue.oldest_pending());
  }

  std::mt19937 random{GetParam()};
  Clock::time_point now{std::chrono::hours(1000)};
  WorkQueue queue;
  std::map<std::string, Key> model;
  std::set<std::string> running;
};

TEST_P(WorkQueueModel, NeverRunsAKeyTwiceAtATimeAndLosesNone) {
  for (int round = 0; round < 20; ++round) {
    for (int step = 0; step < 200; ++step) {
      switch (below(4)) {
        case 0:
          event();
          break;
        case 1:
          take();
          break;
        case 2:
          end_one();
          break;
        case 3:
          now += std::chrono::milliseconds(below(500));
          break;
      }
      ASSERT_EQ(queue.processing(), running.size());
      if (HasFatalFailure()) return;
    }
    drain();
    model.clear();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, WorkQueueModel, testing::Range(1u, 6u));

} // namespace
} // namespace syncer
