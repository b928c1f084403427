#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/random.h"

namespace syncer {

// Which request keeps one resource's cache true, from which resourceVersion, and when. No I/O: the
// reflector performs a step, reports what it saw meanwhile, and at last how it ended.
//
// Streaming lists first; a server that refuses them gets plain lists for 30 minutes. The backoff
// (0.8 s doubling to 30 s, each wait up to twice that) starts anew only after two healthy minutes.
class ReflectorFsm {
 public:
  using TimePoint = Clock::time_point;

  enum class Action : std::uint8_t {
    kStreamList, // watch with sendInitialEvents: the list, then the watch on the same stream
    kList,
    kWatch,
  };
  struct Step {
    Action action = Action::kStreamList;
    TimePoint not_before;
    std::string version;       // resourceVersion to ask for; empty: a consistent read
    bool paged = false;        // kList: the server has no watch cache, read it in pages
    bool probe_paging = false; // kList: a limit that a watch cache ignores tells which one it is
    bool force = false;        // the list may put older objects in the place of newer ones
    std::chrono::seconds timeout{}; // timeoutSeconds of a watch
  };

  enum class End : std::uint8_t {
    kListed,          // kList: complete
    kClosed,          // the stream ended, cleanly or cut
    kIdle,            // nothing came although it should have
    kUnreachable,     // no answer
    kExpired,         // 410, as status or as ERROR event
    kVersionTooLarge, // the server is behind the version we asked for
    kThrottled,       // 429
    kUnsupported,     // kStreamList: 400 or 422
    kRefused,         // any other 4xx
    kServerError,     // 5xx, or an ERROR event
    kUndecodable,     // broken framing
    kBackwards,       // a version below ours
  };
  struct Report {
    End end = End::kClosed;
    std::optional<std::chrono::seconds> retry_after;
  };

  explicit ReflectorFsm(Random random) : random_(std::move(random)) {}

  Step next(TimePoint now);
  void ended(const Report& report, TimePoint now);

  // The server answered 200 to the current step.
  void opened(TimePoint now);
  // An event or an object came on the current stream.
  void event(std::string_view version, TimePoint now);
  // False: the version is below ours, the view went back; end the step with kBackwards.
  bool bookmark(std::string_view version);
  // The list of the current step is complete: kList before it ends, kStreamList at the bookmark
  // that says so. False as above (a step with `force` is always taken).
  bool listed(std::string_view version);
  void paging_needed() { paged_ = true; }

  // The view went back: a lower version in a consistent list, or "too large resource version" for
  // more than 30 s. Stays true until taken.
  bool take_went_back() { return std::exchange(went_back_, false); }
  bool watching() const { return watching_; }
  const std::string& version() const { return version_; }
  // The list that just completed was a consistent read.
  bool consistent() const { return consistent_; }

 private:
  void wait_backoff(TimePoint now);
  // At once for the first time in two minutes, with backoff afterwards.
  void wait_quick(TimePoint now);
  void end_of_list(const Report& report, TimePoint now);
  void end_of_watch(const Report& report, TimePoint now);
  void too_large(TimePoint now);
  void unhealthy(TimePoint now);

  Random random_;
  std::string version_;      // the last one seen
  bool watching_ = false;    // version_ can be watched from; otherwise a list is due
  bool unavailable_ = false; // the server does not have version_: ask for a consistent read
  bool force_ = false;
  bool paged_ = false;
  bool plain_once_ = false; // the streaming list failed in a way a plain one may not
  bool consistent_ = false;
  bool went_back_ = false;
  TimePoint unsupported_until_{};
  TimePoint not_before_{};

  Step current_;
  bool streaming_ = false; // the current step is past its list
  TimePoint opened_at_{};
  std::size_t events_ = 0;
  int short_watches_ = 0;
  bool idle_before_ = false; // the last watch ended for its silence
  int errors_in_row_ = 0;

  int backoff_step_ = 0;
  std::optional<TimePoint> healthy_since_;
  std::optional<TimePoint> quick_at_;
  std::optional<TimePoint> too_large_since_;
};

const char* restart_reason(ReflectorFsm::End end); // as Observer::watch_restarted wants it

} // namespace syncer
