#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/backoff.h"

namespace syncer {

// When each of many things is to be attempted next. One attempt per key at a time; those that
// failed before leave room for others. Pure: time and chance come as arguments.
class AttemptBook {
 public:
  using Time = Clock::time_point;
  struct Limits {
    std::size_t running;  // at a time
    std::size_t retrying; // of those
  };

  AttemptBook(Backoff backoff, Limits limits) : backoff_(backoff), limits_(limits) {}

  // Due at once. One that runs is attempted once more afterwards.
  void want(const std::string& key, Time now);
  // As if it had never been wanted; an attempt that runs changes nothing any more.
  void forget(const std::string& key);

  // The keys to begin with now.
  std::vector<std::string> start_due(Time now);
  // Ends of an attempt.
  void succeeded(const std::string& key, Time now);
  void failed(const std::string& key, Time now, double jitter);
  // It was not made after all, which is no failure.
  void postponed(const std::string& key, Time until);

  bool running(const std::string& key) const { return running_.contains(key); }
  std::uint32_t failures(const std::string& key) const;
  // When to look again; what waits for room is looked at when an attempt ends.
  Time next_due(Time now) const;

 private:
  struct Entry {
    Time due{};
    std::uint32_t failures = 0;
    bool again = false; // wanted while it ran
  };
  bool ended(const std::string& key); // true if it still counts

  Backoff backoff_;
  Limits limits_;
  std::map<std::string, Entry> entries_;
  struct Running {
    bool retry = false;
    bool forgotten = false;
  };
  std::map<std::string, Running> running_;
  std::size_t retrying_ = 0;
};

} // namespace syncer
