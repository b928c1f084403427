#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sim/vcenter_faults.h"
#include "sim/vcenter_tasks.h"

namespace syncer::sim {

// Misfortune at random, one chance per request or task.
struct RandomFaults {
  std::uint64_t seed = 1;
  double drop_reply = 0;   // applied, then the connection is cut
  double reset_before = 0; // cut before anything was done
  double unavailable = 0;  // 503
  double kill_session = 0; // the session of the request ends first
  double delay_task = 0;   // by task_delay
  double lose_task = 0;    // before or after its work, evenly
  std::chrono::nanoseconds task_delay = std::chrono::milliseconds(200);
};

// What was ordered to go wrong, and the decision for each request and task. Names of methods may be
// "*" for any. Pure: no time, no I/O.
class VcenterMischief {
 public:
  struct Request {
    bool reset_before = false;
    bool drop_reply = false;
    bool never_answer = false;
    bool kill_session = false;
    int status = 0; // not 0: answer this with an HTML page
    std::chrono::nanoseconds delay{0};
    std::optional<SimFault> fault; // instead of the call
    bool any() const;
  };
  struct VolumeFault {
    std::string type;
    FaultPlace place = FaultPlace::kSoapFault;
    std::uint64_t count = 1;
    bool applied = false; // the update has its effect in spite of the fault (task places only)
  };

  Request on_request(std::string_view path, const std::string& method);
  TaskTimes on_task(const std::string& method, const std::string& volume_id,
                    std::chrono::nanoseconds normal);
  // The fault ordered for this volume at this place, counted down.
  std::optional<VolumeFault> take_fault(const std::string& volume_id, FaultPlace place);

  void set_down(bool down) { down_ = down; }
  bool down() const { return down_; }
  void set_black_hole(bool on) { black_hole_ = on; }
  bool black_hole() const { return black_hole_; }
  void delay(const std::string& method, std::chrono::nanoseconds by) { delays_[method] = by; }
  void drop_replies(const std::string& method, std::uint64_t count) { drops_[method] = count; }
  void reset_before(const std::string& method, std::uint64_t count) { resets_[method] = count; }
  void never_answer(const std::string& method, std::uint64_t count) { swallows_[method] = count; }
  // Answers `count` requests to `path` ("*": all) with an HTML page of that status.
  void answer_status(const std::string& path, int status, std::uint64_t count);
  void fault_calls(const std::string& method, SimFault fault, std::uint64_t count);
  void fault_volume(const std::string& volume_id, VolumeFault fault);
  void clear_volume_fault(const std::string& volume_id) { volume_faults_.erase(volume_id); }
  // 0: never.
  void kill_session_every(std::uint64_t calls);

  void task_time(const std::string& method, std::chrono::nanoseconds time);
  void volume_task_time(const std::string& volume_id, std::chrono::nanoseconds time);
  void delay_tasks(std::chrono::nanoseconds by, std::uint64_t count);
  void lose_tasks(TaskLoss loss, std::uint64_t count);

  void random(std::optional<RandomFaults> faults);
  // Everything back to normal, except the task times.
  void calm();
  // How often anything went wrong on order.
  std::uint64_t count() const { return count_; }

 private:
  bool chance(double probability);
  template <class Map>
  bool take(Map& map, const std::string& method);

  bool down_ = false;
  bool black_hole_ = false;
  std::map<std::string, std::chrono::nanoseconds> delays_;
  std::map<std::string, std::uint64_t> drops_, resets_, swallows_;
  struct Status {
    int status;
    std::uint64_t count;
  };
  std::map<std::string, Status, std::less<>> statuses_;
  std::map<std::string, std::pair<SimFault, std::uint64_t>> faults_;
  std::unordered_map<std::string, VolumeFault> volume_faults_;
  std::uint64_t kill_every_ = 0;
  std::uint64_t calls_ = 0;
  std::map<std::string, std::chrono::nanoseconds> method_times_;
  std::unordered_map<std::string, std::chrono::nanoseconds> volume_times_;
  std::chrono::nanoseconds task_delay_{0};
  std::uint64_t delayed_tasks_ = 0;
  TaskLoss loss_ = TaskLoss::kNone;
  std::uint64_t lost_tasks_ = 0;
  std::optional<RandomFaults> random_;
  std::mt19937_64 engine_;
  std::uint64_t count_ = 0;
};

} // namespace syncer::sim
