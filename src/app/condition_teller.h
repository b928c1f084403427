#pragma once

#include <deque>
#include <string>

#include "core/conditions.h"
#include "core/events.h"
#include "core/kube_objects.h"
#include "kube/kube_client.h"

namespace syncer {

// Tells people of conditions: a line in the log at once, and an Event about our own pod as soon as
// the API server has said which that is.
class ConditionTeller {
 public:
  static constexpr std::size_t kMostKept = 64; // until then; the oldest make room

  // `pod` is how the API server knows this process.
  ConditionTeller(spdlog::logger& log, ObjectKey pod) : log_(log), pod_(std::move(pod)) {}

  // The reason of the Event is the condition's name; of its end, that name and "Over".
  void told(const Conditions::Key& key, bool stands, const std::string& detail);
  // Finds the pod's uid, without which `kubectl describe pod` would not show the Events; then tells
  // what was kept. Tries until there is an answer. `events` must outlive this.
  asio::awaitable<void> begin(KubeClient& client, Clock& clock, EventSink& events);

 private:
  struct Told {
    Conditions::Key key;
    bool stands = false;
    std::string detail;
  };
  void send(const Told& told);

  spdlog::logger& log_;
  ObjectKey pod_;
  Uid uid_;
  EventSink* events_ = nullptr; // null: not yet
  std::deque<Told> kept_;
};

} // namespace syncer
