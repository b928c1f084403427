#include "sim/vcenter_mischief.h"

namespace syncer::sim {

bool VcenterMischief::Request::any() const {
  return reset_before || drop_reply || never_answer || kill_session || status != 0 || fault;
}

template <class Map>
bool VcenterMischief::take(Map& map, const std::string& method) {
  auto found = map.find(method);
  if (found == map.end()) found = map.find("*");
  if (found == map.end() || found->second == 0) return false;
  if (--found->second == 0) map.erase(found);
  return true;
}

bool VcenterMischief::chance(double probability) {
  if (probability <= 0) return false;
  return std::uniform_real_distribution<double>(0, 1)(engine_) < probability;
}

VcenterMischief::Request VcenterMischief::on_request(std::string_view path,
                                                     const std::string& method) {
  Request request;
  request.reset_before = down_;
  request.never_answer = black_hole_;
  auto status = statuses_.find(path);
  if (status == statuses_.end()) status = statuses_.find("*");
  if (status != statuses_.end()) {
    request.status = status->second.status;
    if (--status->second.count == 0) statuses_.erase(status);
  }
  auto delay = delays_.find(method);
  if (delay == delays_.end()) delay = delays_.find("*");
  if (delay != delays_.end()) request.delay = delay->second;
  if (const auto fault = faults_.find(method); fault != faults_.end()) {
    request.fault = fault->second.first;
    if (--fault->second.second == 0) faults_.erase(fault);
  }
  if (!method.empty()) {
    ++calls_;
    request.reset_before |= take(resets_, method);
    request.drop_reply |= take(drops_, method);
    request.never_answer |= take(swallows_, method);
    request.kill_session |= kill_every_ != 0 && calls_ % kill_every_ == 0;
  }
  if (random_ && !method.empty()) {
    request.reset_before |= chance(random_->reset_before);
    request.drop_reply |= chance(random_->drop_reply);
    request.kill_session |= chance(random_->kill_session);
    if (chance(random_->unavailable)) request.status = 503;
  }
  if (request.any()) ++count_;
  return request;
}

TaskTimes VcenterMischief::on_task(const std::string& method, const std::string& volume_id,
                                   std::chrono::nanoseconds normal) {
  TaskTimes times;
  times.run = normal;
  if (const auto own = method_times_.find(method); own != method_times_.end()) {
    times.run = own->second;
  }
  if (const auto own = volume_times_.find(volume_id); own != volume_times_.end()) {
    times.run = own->second;
  }
  bool wrong = false;
  if (delayed_tasks_ > 0) {
    --delayed_tasks_;
    times.run += task_delay_;
    wrong = true;
  }
  if (lost_tasks_ > 0) {
    --lost_tasks_;
    times.loss = loss_;
    wrong = true;
  }
  if (random_ && chance(random_->delay_task)) {
    times.run += random_->task_delay;
    wrong = true;
  }
  if (random_ && chance(random_->lose_task)) {
    times.loss = chance(0.5) ? TaskLoss::kBeforeWork : TaskLoss::kAfterWork;
    wrong = true;
  }
  if (wrong) ++count_;
  return times;
}

std::optional<VcenterMischief::VolumeFault> VcenterMischief::take_fault(
    const std::string& volume_id, FaultPlace place) {
  const auto found = volume_faults_.find(volume_id);
  if (found == volume_faults_.end() || found->second.place != place) return std::nullopt;
  VolumeFault fault = found->second;
  if (--found->second.count == 0) volume_faults_.erase(found);
  ++count_;
  return fault;
}

void VcenterMischief::answer_status(const std::string& path, int status, std::uint64_t count) {
  if (count == 0) {
    statuses_.erase(path);
  } else {
    statuses_[path] = {status, count};
  }
}

void VcenterMischief::fault_calls(const std::string& method, SimFault fault, std::uint64_t count) {
  if (count == 0) {
    faults_.erase(method);
  } else {
    faults_[method] = {std::move(fault), count};
  }
}

void VcenterMischief::fault_volume(const std::string& volume_id, VolumeFault fault) {
  if (fault.count == 0) {
    volume_faults_.erase(volume_id);
  } else {
    volume_faults_[volume_id] = std::move(fault);
  }
}

void VcenterMischief::kill_session_every(std::uint64_t calls) {
  kill_every_ = calls;
  calls_ = 0;
}

void VcenterMischief::task_time(const std::string& method, std::chrono::nanoseconds time) {
  method_times_[method] = time;
}

void VcenterMischief::volume_task_time(const std::string& volume_id,
                                       std::chrono::nanoseconds time) {
  volume_times_[volume_id] = time;
}

void VcenterMischief::delay_tasks(std::chrono::nanoseconds by, std::uint64_t count) {
  task_delay_ = by;
  delayed_tasks_ = count;
}

void VcenterMischief::lose_tasks(TaskLoss loss, std::uint64_t count) {
  loss_ = loss;
  lost_tasks_ = count;
}

void VcenterMischief::random(std::optional<RandomFaults> faults) {
  random_ = faults;
  if (faults) engine_.seed(faults->seed);
}

void VcenterMischief::calm() {
  down_ = black_hole_ = false;
  delays_.clear();
  drops_.clear();
  resets_.clear();
  swallows_.clear();
  statuses_.clear();
  faults_.clear();
  volume_faults_.clear();
  kill_every_ = 0;
  delayed_tasks_ = lost_tasks_ = 0;
  random_.reset();
}

} // namespace syncer::sim
