#pragma once

#include <spdlog/logger.h>

#include <compare>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "core/backoff.h"
#include "core/random.h"
#include "kube/json_frames.h"
#include "kube/kube_client.h"

namespace syncer {

struct ObjectName {
  std::string ns; // empty for cluster-scoped objects
  std::string name;
  auto operator<=>(const ObjectName&) const = default;
};

// Who wants to know the objects. Called from the coroutine of ObjectWatch::run.
class ObjectSink {
 public:
  virtual ~ObjectSink() = default;
  // The object as it is now, new or changed or the same again. An error means that it cannot be
  // used: it is logged and counted, and the sink keeps what it had.
  virtual Outcome<> put(const ObjectName& name, const nlohmann::json& object) = 0;
  virtual void remove(const ObjectName& name) = 0;
  // A complete list was read; all of its objects were put before, all others were removed.
  virtual void listed() {}
};

// Keeps a sink equal to the API server for one resource of few objects: LIST in pages, then
// WATCH with bookmarks. A resource that does not exist (404) is one that is not installed yet: it
// is asked for again, quietly, and nothing is removed. A broken object stops no other one.
class ObjectWatch {
 public:
  struct Deps {
    KubeClient& client;
    Clock& clock;
    spdlog::logger& log;
    Random random;
  };
  // `collection`: /apis/<group>/<version>[/namespaces/<namespace>]/<plural>. `selector`: a
  // parameter that narrows it, escaped, like "fieldSelector=metadata.name%3Dx".
  ObjectWatch(Deps deps, std::string collection, ObjectSink& sink, std::string selector = "");

  // Until cancelled.
  asio::awaitable<void> run();

  // The first list is complete.
  bool synced() const { return lists_ > 0; }
  // The API server does not know the resource, as far as it was asked last.
  bool missing() const { return missing_; }
  std::size_t objects() const { return known_.size(); }
  std::uint64_t lists() const { return lists_; }
  std::uint64_t broken() const { return broken_; }

 private:
  struct End {
    enum class Kind { kListed, kClosed, kExpired, kFailed };
    Kind kind = Kind::kClosed;
    KubeFailure failure; // of kFailed
  };
  struct Page {
    End end;
    std::string version;
    std::string continue_token;
  };

  asio::awaitable<End> list();
  asio::awaitable<Page> read_page(std::string path);
  asio::awaitable<End> watch();
  std::optional<End> handle_event(std::string_view text);
  void take(const nlohmann::json& object);
  void note_broken(const ObjectName& name, std::string_view why);
  void sweep();
  End end_of(const KubeFailure& failure);
  // How long to wait before the next step; counts and logs what went wrong.
  Clock::duration pause_after(const End& end);
  void log_failure(const KubeFailure& failure);

  Deps deps_;
  std::string collection_;
  ObjectSink& sink_;
  std::string selector_;                      // with the & before it
  std::map<ObjectName, std::uint64_t> known_; // the list in which each was seen last
  std::string version_;                       // where the watch goes on; empty: list first
  std::uint64_t generation_ = 0;
  std::uint64_t lists_ = 0;
  std::uint64_t broken_ = 0;
  bool nameless_ = false; // an object without a readable name came: who is missing is not known
  bool healthy_ = false;  // the watch showed that it works
  bool bookmarks_seen_ = false;
  bool missing_ = false;
  std::uint32_t failures_ = 0; // in a row
  std::string last_problem_;   // logged once, not at every attempt
};

} // namespace syncer
