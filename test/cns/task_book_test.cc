#include "cns/task_book.h"

#include <gmock/gmock.h>

namespace syncer {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

const TaskBook::TimePoint kStart{seconds(1000)};

struct Ends {
  TaskBook::OnEnd of(const std::string& task) {
    return [this, task](TaskEnd end) {
      order.push_back(task);
      why.push_back(end.why);
    };
  }
  std::vector<std::string> order;
  std::vector<std::string> why;
};

TEST(TaskBook, EachTaskIsAddedOnceAndRemovedOnce) {
  TaskBook book;
  Ends ends;
  book.add("a", kStart, ends.of("a"));
  book.add("b", kStart, ends.of("b"));
  EXPECT_FALSE(book.expects_news());

  EXPECT_THAT(book.take_batch(10).add, ElementsAre("a", "b"));
  EXPECT_TRUE(book.expects_news());
  EXPECT_THAT(book.take_batch(10).add, IsEmpty());

  book.finish("a", TaskEnd());
  book.finish("a", TaskEnd());
  EXPECT_THAT(ends.order, ElementsAre("a"));
  EXPECT_THAT(book.take_batch(10).remove, ElementsAre("a"));
  EXPECT_THAT(book.take_batch(10).remove, IsEmpty());
  EXPECT_EQ(book.size(), 1u);
}

TEST(TaskBook, BatchesAreLimited) {
  TaskBook book;
  Ends ends;
  for (const char* task : {"a", "b", "c"}) book.add(task, kStart, ends.of(task));

  EXPECT_THAT(book.take_batch(2).add, ElementsAre("a", "b"));
  EXPECT_EQ(book.queued(), 1u);
  for (const char* task : {"a", "b"}) book.finish(task, TaskEnd());
  const TaskBook::Batch rest = book.take_batch(1);
  EXPECT_THAT(rest.add, ElementsAre("c"));
  EXPECT_THAT(rest.remove, ElementsAre("a"));
  EXPECT_THAT(book.take_batch(1).remove, ElementsAre("b"));
}

TEST(TaskBook, LostViewMeansAddingAllUnfinishedAgain) {
  TaskBook book;
  Ends ends;
  for (const char* task : {"a", "b", "c"}) book.add(task, kStart, ends.of(task));
  book.take_batch(2);
  book.finish("a", TaskEnd());

  book.forget_view();

  EXPECT_FALSE(book.expects_news());
  const TaskBook::Batch batch = book.take_batch(10);
  EXPECT_THAT(batch.add, ElementsAre("b", "c"));
  EXPECT_THAT(batch.remove, IsEmpty()) << "the new view never held it";
}

TEST(TaskBook, TaskThatEndedInTheQueueIsNeverAdded) {
  TaskBook book;
  Ends ends;
  book.add("a", kStart, ends.of("a"));
  book.finish("a", TaskEnd());

  const TaskBook::Batch batch = book.take_batch(10);
  EXPECT_THAT(batch.add, IsEmpty());
  EXPECT_THAT(batch.remove, IsEmpty());
}

TEST(TaskBook, RefusedBatchGoesAgainWithoutWhatHasEnded) {
  TaskBook book;
  Ends ends;
  for (const char* task : {"a", "b"}) book.add(task, kStart, ends.of(task));
  const TaskBook::Batch batch = book.take_batch(10);
  book.lose("a", "unknown");

  book.put_back(batch);

  EXPECT_THAT(book.take_batch(10).add, ElementsAre("b"));
  EXPECT_THAT(ends.why, ElementsAre("unknown"));
}

TEST(TaskBook, OldestExpireFirstAndOnlyWhenDue) {
  TaskBook book;
  Ends ends;
  book.add("a", kStart + seconds(1), ends.of("a"));
  book.add("b", kStart + seconds(2), ends.of("b"));
  book.add("c", kStart + seconds(3), ends.of("c"));
  book.finish("a", TaskEnd());

  EXPECT_EQ(book.next_deadline(), kStart + seconds(2));
  book.expire(kStart + seconds(2));
  EXPECT_THAT(ends.order, ElementsAre("a", "b"));
  EXPECT_EQ(book.next_deadline(), kStart + seconds(3));
}

TEST(TaskBook, TaskGivenTwiceAnswersTheEarlierCall) {
  TaskBook book;
  Ends ends;
  book.add("a", kStart, ends.of("first"));
  book.add("a", kStart, ends.of("second"));
  EXPECT_THAT(ends.order, ElementsAre("first"));
  EXPECT_THAT(book.take_batch(10).add, ElementsAre("a"));
  EXPECT_THAT(book.take_batch(10).remove, IsEmpty());
}

} // namespace
} // namespace syncer
