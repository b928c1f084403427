#pragma once

#include <utility>
#include <vector>

#include "kube/object_watch.h"

namespace syncer {

// One watch for several sinks. A sink's error stops no other one.
class ObjectFanOut final : public ObjectSink {
 public:
  explicit ObjectFanOut(std::vector<ObjectSink*> sinks) : sinks_(std::move(sinks)) {}

  Outcome<> put(const ObjectName& name, const nlohmann::json& object) override {
    Outcome<> first;
    for (ObjectSink* sink : sinks_) {
      Outcome<> taken = sink->put(name, object);
      if (first && !taken) first = std::move(taken);
    }
    return first;
  }
  void remove(const ObjectName& name) override {
    for (ObjectSink* sink : sinks_) sink->remove(name);
  }
  void listed() override {
    for (ObjectSink* sink : sinks_) sink->listed();
  }

 private:
  std::vector<ObjectSink*> sinks_;
};

} // namespace syncer
