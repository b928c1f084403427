#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/feature_states.h"
#include "kube/object_watch.h"

namespace syncer {

// Follows the ConfigMap of feature states. One that is absent, deleted or not readable means that
// all are off; a value that cannot be used is one warning.
class FeatureWatch final : private ObjectSink {
 public:
  using Changed = std::function<void(const FeatureStates& states)>;

  FeatureWatch(ObjectWatch::Deps deps, const std::string& ns, const std::string& name,
               Changed changed);

  // Until cancelled.
  asio::awaitable<void> run() { return watch_.run(); }
  const FeatureStates& states() const { return states_; }

 private:
  Outcome<> put(const ObjectName& name, const nlohmann::json& object) override;
  void remove(const ObjectName& name) override;
  void take(FeatureReading reading);

  spdlog::logger& log_;
  std::string name_; // for people
  Changed changed_;
  FeatureStates states_;
  std::vector<std::string> problems_; // told already
  ObjectWatch watch_;
};

} // namespace syncer
