#pragma once

#include <cstdint>
#include <string>

#include "operators/trigger_object.h"

namespace syncer {

// What becomes of requests for a full sync by TriggerCsiFullSync, and what its status is to say.
// An id is a request when it is the one after the last accepted. One run at a time: a request
// during a run is accepted at once and leads to one run more, however many follow. Pure.
class TriggerBook {
 public:
  enum class Verdict {
    kNothing,
    kAccepted,
    kInvalid, // another number than the one after the last accepted
  };

  // The object as the API server has it. Of the first one the status is taken over, and a run that
  // it says is under way, which somebody else must have begun, is begun again; from then on the
  // status is ours to say.
  Verdict look(const TriggerObject& object);
  // The object is gone: the next one begins anew.
  void forget();
  // Our own request; the id to be shown for it.
  std::int64_t request();

  // A run is wanted and none is under way.
  bool due() const { return known_ && wanted_ && !running_; }
  bool idle() const { return known_ && !wanted_ && !running_; }
  bool running() const { return running_; }
  // The requests that the run is for end with this id.
  std::int64_t run_id() const { return run_id_; }
  void began(const std::string& when);
  // An empty error: it succeeded.
  void ended(const std::string& when, const std::string& error);

  const TriggerStatus& status() const { return status_; }

 private:
  void accept(std::int64_t id);

  TriggerStatus status_;
  bool known_ = false;
  bool wanted_ = false;
  bool running_ = false;
  std::int64_t run_id_ = 0;
  std::string run_start_;
};

} // namespace syncer
