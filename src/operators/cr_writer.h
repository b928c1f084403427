// operators: the duties beside metadata, and the custom resources that they and reconcile need.
#pragma once

#include <spdlog/logger.h>

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/leadership.h"
#include "core/random.h"
#include "kube/kube_client.h"
#include "kube/object_watch.h"

namespace syncer {

// What every store of custom resources needs.
struct CrDeps {
  KubeClient& client;
  Clock& clock;
  const Leadership& leadership;
  spdlog::logger& log;
  Random random;

  ObjectWatch::Deps watch() const { return {client, clock, log, random}; }
};

// Creates, changes and deletes objects of one custom resource. A write has the deadline of the
// leader's write budget and starts only while we are leader; errors name the object. A timed out
// write may have happened: all are safe to repeat.
class CrWriter {
 public:
  enum class Created { kNow, kExisted };

  // `kind` is for messages; `collection` as for ObjectWatch.
  CrWriter(const CrDeps& deps, std::string kind, std::string collection);

  asio::awaitable<Outcome<Created>> create(std::string name, std::string body);
  // The JSON of one object.
  asio::awaitable<Outcome<std::string>> get(std::string name);
  // Reads the object and writes back what `change` made of it, unless it changed nothing. One that
  // somebody else wrote in between is read again, a few times. True: it was written.
  using Change = std::function<void(nlohmann::json& object)>;
  asio::awaitable<Outcome<bool>> edit(std::string name, Change change);
  // One that does not exist is success.
  asio::awaitable<Outcome<>> remove(std::string name);

 private:
  asio::awaitable<KubeResult<HttpResponse>> send(std::string method, std::string path,
                                                 std::string body);
  std::string object_path(const std::string& name) const;

  KubeClient& client_;
  Clock& clock_;
  const Leadership& leadership_;
  std::string kind_;
  std::string collection_;
};

} // namespace syncer
