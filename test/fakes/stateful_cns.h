#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cns/cns_api.h"
#include "fakes/cns_store.h"

namespace syncer {

// What becomes of one update instead of the ordinary acknowledgement.
enum class Mischief {
  kNone,
  kUnsent,          // the connection could not be made
  kRefused,         // vCenter refuses for a reason that passes; not applied
  kInvalidArgument, // refused whatever it says; not applied
  kNotFound,        // refused as if the volume did not exist; not applied
  kLostApplied,     // done, but the reply is lost
  kLostNotApplied,  // lost on the way to vCenter
  kLostAppliedLate, // the reply is lost and the task runs `late` after the call
};

// A CNS with a state, on fake time: strict as CnsStore, slow as told, and failing as told. Fails
// the test when two updates of one volume are under way at once.
class StatefulCns final : public CnsApi {
 public:
  explicit StatefulCns(Clock& clock) : clock_(clock) {}

  CnsStore store;
  Clock::duration task_time{};                   // from an update's call to its acknowledgement
  Clock::duration read_time{};                   // answers show the state when the call came
  Clock::duration late{std::chrono::minutes(2)}; // see kLostAppliedLate

  // By number of the call, the first is 0. Updates and reads by id are counted separately.
  std::map<std::size_t, Mischief> update_mischief;
  std::set<std::size_t> failing_reads;
  std::map<std::size_t, Mischief> create_mischief;
  std::map<std::size_t, Mischief> unregister_mischief; // none runs late
  // For every call that writes from now on.
  Mischief weather = Mischief::kNone;
  bool reads_fail = false; // by id and of all ids
  // Reads of more volumes than this fail.
  std::size_t largest_read = 1000;

  std::vector<CnsUpdate> updates;              // in order of arrival, those that were sent
  std::vector<Clock::time_point> update_times; // of each of them
  std::vector<CnsCreate> creates;              // in order of arrival
  std::vector<VolumeId> unregistered;          // in order of arrival
  std::vector<std::vector<VolumeId>> reads;    // ids of each read by id
  std::size_t id_reads = 0;
  std::size_t unsent = 0; // updates that could not be sent
  std::size_t most_in_flight = 0;

  // What CNS holds now; tasks that run late are done once their time has come.
  std::vector<CnsEntity> entities(const VolumeId& id) {
    run_late_tasks();
    return store.entities(id);
  }
  bool late_tasks_outstanding() {
    run_late_tasks();
    return !late_tasks_.empty() || !late_creates_.empty();
  }

  asio::awaitable<Outcome<std::vector<VolumeId>>> query_ids() override {
    ++id_reads;
    const bool fails = reads_fail;
    co_await clock_.sleep_until(clock_.now() + read_time);
    if (fails) co_return Error{ErrorKind::kTransient, "no answer"};
    co_return store.ids();
  }

  asio::awaitable<Outcome<std::vector<CnsVolume>>> query_volumes(
      std::vector<VolumeId> ids) override {
    EXPECT_LE(ids.size(), 1000u) << "CNS takes no more ids in one query";
    const bool fails =
        reads_fail || failing_reads.contains(reads.size()) || ids.size() > largest_read;
    reads.push_back(ids);
    run_late_tasks();
    std::vector<CnsVolume> answers;
    for (const VolumeId& id : ids) {
      if (const auto volume = store.answer(id)) answers.push_back(*volume);
    }
    co_await clock_.sleep_until(clock_.now() + read_time);
    if (fails) co_return Error{ErrorKind::kTransient, "no answer"};
    co_return std::move(answers);
  }

  asio::awaitable<CreateResult> create(CnsCreate create) override {
    const Mischief mischief = planned(create_mischief, creates.size());
    CreateResult result;
    result.write.posted_at = clock_.now();
    creates.push_back(create);
    co_await clock_.sleep_until(clock_.now() + task_time);
    if (mischief == Mischief::kNone || mischief == Mischief::kLostApplied) {
      const CnsStore::Created created = store.apply(create);
      result.id = created.id;
      result.already_registered = created.already_registered;
      result.write.fault = created.fault;
      if (mischief == Mischief::kNone) {
        const bool done = created.fault == CnsFault::kNone;
        result.write.end = done ? WriteEnd::kAcknowledged : WriteEnd::kRefused;
        if (!done) result.write.error = Error{ErrorKind::kRejected, "refused by the rules"};
        co_return result;
      }
      result = CreateResult();
    } else if (mischief == Mischief::kLostAppliedLate) {
      late_creates_.emplace(clock_.now() + late, create);
    } else if (mischief != Mischief::kLostNotApplied) {
      refuse(result.write, mischief == Mischief::kNotFound ? CnsFault::kNotFound : CnsFault::kOther,
             ErrorKind::kTransient);
      result.write.error.unsent = mischief == Mischief::kUnsent;
      co_return result;
    }
    result.write.posted_at = clock_.now();
    result.write.error = Error{ErrorKind::kTransient, "reply lost"};
    co_return result;
  }

  asio::awaitable<WriteResult> unregister(VolumeId id) override {
    const Mischief mischief = planned(unregister_mischief, unregistered.size());
    WriteResult result;
    result.posted_at = clock_.now();
    unregistered.push_back(id);
    co_await clock_.sleep_until(clock_.now() + task_time);
    if (mischief == Mischief::kNone || mischief == Mischief::kLostApplied) {
      run_late_tasks();
      result.fault = store.unregister(id);
    }
    if (mischief == Mischief::kNone) {
      result.end = WriteEnd::kAcknowledged;
    } else if (mischief == Mischief::kLostApplied || mischief == Mischief::kLostNotApplied) {
      result.error = Error{ErrorKind::kTransient, "reply lost"};
    } else {
      refuse(result, CnsFault::kOther, ErrorKind::kTransient);
      result.error.unsent = mischief == Mischief::kUnsent;
    }
    co_return result;
  }

  asio::awaitable<WriteResult> update(CnsUpdate update) override {
    const Mischief mischief = next_mischief();
    WriteResult result;
    result.posted_at = clock_.now();
    if (mischief == Mischief::kUnsent) {
      ++unsent;
      co_await clock_.sleep_until(clock_.now() + task_time);
      result.end = WriteEnd::kRefused;
      result.error = Error{ErrorKind::kTransient, "connection refused", true};
      co_return result;
    }
    EXPECT_TRUE(in_flight_.insert(update.id).second)
        << "two updates of one volume at a time: " << update.id.view();
    most_in_flight = std::max(most_in_flight, in_flight_.size());
    updates.push_back(update);
    update_times.push_back(clock_.now());
    co_await clock_.sleep_until(clock_.now() + task_time);
    in_flight_.erase(update.id);
    finish(update, mischief, result);
    co_return result;
  }

 private:
  Mischief planned(const std::map<std::size_t, Mischief>& plan, std::size_t call) const {
    const auto found = plan.find(call);
    return found == plan.end() ? weather : found->second;
  }
  Mischief next_mischief() { return planned(update_mischief, calls_++); }

  void finish(const CnsUpdate& update, Mischief mischief, WriteResult& result) {
    run_late_tasks();
    switch (mischief) {
      case Mischief::kNone:
      case Mischief::kUnsent:
        result.fault = store.apply(update);
        result.end = result.fault == CnsFault::kNone ? WriteEnd::kAcknowledged : WriteEnd::kRefused;
        break;
      case Mischief::kRefused:
        refuse(result, CnsFault::kOther, ErrorKind::kTransient);
        break;
      case Mischief::kInvalidArgument:
        refuse(result, CnsFault::kInvalidArgument, ErrorKind::kRejected);
        break;
      case Mischief::kNotFound:
        refuse(result, CnsFault::kNotFound, ErrorKind::kNotFound);
        break;
      case Mischief::kLostApplied:
        static_cast<void>(store.apply(update));
        break;
      case Mischief::kLostNotApplied:
        break;
      case Mischief::kLostAppliedLate:
        late_tasks_.emplace(result.posted_at + late, update);
        break;
    }
    if (result.end == WriteEnd::kUnknown) {
      result.error = Error{ErrorKind::kTransient, "reply lost"};
    } else if (result.end == WriteEnd::kRefused && result.error.detail.empty()) {
      result.error = Error{ErrorKind::kRejected, "refused by the rules"};
    }
  }
  static void refuse(WriteResult& result, CnsFault fault, ErrorKind kind) {
    result.end = WriteEnd::kRefused;
    result.fault = fault;
    result.error = Error{kind, "refused by the script"};
  }

  // A late task that breaks a rule by now fails, as any task would.
  void run_late_tasks() {
    while (!late_tasks_.empty() && late_tasks_.begin()->first <= clock_.now()) {
      static_cast<void>(store.apply(late_tasks_.begin()->second));
      late_tasks_.erase(late_tasks_.begin());
    }
    while (!late_creates_.empty() && late_creates_.begin()->first <= clock_.now()) {
      static_cast<void>(store.apply(late_creates_.begin()->second));
      late_creates_.erase(late_creates_.begin());
    }
  }

  Clock& clock_;
  std::size_t calls_ = 0;
  std::set<VolumeId> in_flight_;
  std::multimap<Clock::time_point, CnsUpdate> late_tasks_;
  std::multimap<Clock::time_point, CnsCreate> late_creates_;
};

} // namespace syncer
