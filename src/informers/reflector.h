#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/conditions.h"
#include "core/events.h"
#include "core/observer.h"
#include "core/random.h"
#include "informers/cluster_cache.h"
#include "informers/event_splitter.h"
#include "informers/list_splitter.h"
#include "informers/reflector_fsm.h"
#include "informers/side_reader.h"
#include "kube/kube_client.h"

namespace syncer {

// Keeps the cache equal to the API server for one resource: performs what ReflectorFsm decides.
class Reflector {
 public:
  struct Deps {
    asio::any_io_executor executor;
    KubeClient& client;
    Clock& clock;
    Observer& observer;
    spdlog::logger& log;
    ClusterCache& cache;
    Random random;
    EventSink* events = nullptr; // told of objects that cannot be read
  };
  Reflector(Deps deps, Resource resource);

  // Until cancelled.
  asio::awaitable<void> run();

  // When the server last sent anything on the watch or in a list.
  std::optional<Clock::time_point> last_event() const { return last_event_; }
  // Set while nothing but failures comes back.
  const std::optional<Trouble>& trouble() const { return trouble_; }
  Resource resource() const { return resource_; }

 private:
  using Report = ReflectorFsm::Report;
  using End = ReflectorFsm::End;
  using Step = ReflectorFsm::Step;

  asio::awaitable<void> follow_and_read();
  asio::awaitable<void> follow();
  asio::awaitable<Report> watch(Step step);
  asio::awaitable<Report> list(Step step);
  // Another cluster answers than the last time.
  asio::awaitable<KubeResult<bool>> other_cluster();
  // One page or the whole; puts the items into the cache.
  asio::awaitable<Report> read_list(std::string path, bool first_page, bool force, ListMeta& meta);
  std::string watch_path(const Step& step) const;
  std::string list_path(const Step& step, bool limited, const std::string& continue_token) const;
  std::optional<Report> handle(WatchEvent event);
  std::optional<Report> handle_bookmark(const WatchEvent& event);
  void put(DecodedObject decoded);
  void note_broken(const DecodedObject& decoded);
  void finish_list();
  void check_quorum();
  Report report_of(const KubeFailure& failure, ReflectorFsm::Action action);
  Clock::time_point quiet_until() const;
  bool clean_list_due() const;

  Deps deps_;
  Resource resource_;
  ReflectorFsm fsm_;
  SideReader side_;
  bool listing_ = false; // a streaming list is not at its bookmark yet
  bool bookmarks_seen_ = false;
  bool unnamed_told_ = false; // that the cluster cannot be told, once
  Clock::time_point list_began_{};
  Clock::time_point listed_at_{};
  std::optional<Clock::time_point> last_event_;
  std::optional<Trouble> trouble_;
  std::string last_failure_; // logged once, not at every attempt
};

} // namespace syncer
