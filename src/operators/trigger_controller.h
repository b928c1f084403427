#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/events.h"
#include "operators/cr_writer.h"
#include "operators/last_run.h"
#include "operators/trigger_book.h"

namespace syncer {

// Full syncs on request: follows the TriggerCsiFullSync object csifullsync, answers its
// spec.triggerSyncID, and raises that itself once per interval. The object is made when it is
// missing. What its status and its annotation vsphere-syncer/last-run say is written until it is
// there, whoever else writes the object meanwhile.
class TriggerController final : public ObjectSink {
 public:
  // The full syncs of all vCenters.
  struct Runs {
    std::function<bool()> ready; // one can begin
    // `may_join`: one that is under way anyway will do.
    std::function<void(bool may_join)> begin;
    std::function<std::vector<RunAtVCenter>()> progress; // of what was begun last
  };
  struct Deps {
    CrDeps cr;
    asio::any_io_executor executor;
    EventSink& events;
    Runs runs;
  };

  TriggerController(Deps deps, Clock::duration interval);

  Outcome<> put(const ObjectName& name, const nlohmann::json& object) override;
  void remove(const ObjectName& name) override;
  void listed() override;

  // Until cancelled. Nothing is done before the first list.
  asio::awaitable<void> run();

  // The annotation's text as it is to be; empty before the first run.
  const std::string& last_run() const { return last_run_; }

 private:
  void wake() { wake_.try_send(boost::system::error_code()); }
  Clock::time_point next_look() const;
  void request_if_due();
  void follow_run();
  void begin_run();
  void end_run(std::vector<RunAtVCenter> vcenters);
  asio::awaitable<Outcome<>> write();
  void edit(nlohmann::json& object);
  asio::awaitable<Outcome<>> create();
  void refuse(std::int64_t id);
  EventTarget about(const std::string& name, const std::string& uid) const;

  Deps deps_;
  Clock::duration interval_;
  CrWriter writer_;
  TriggerBook book_;
  std::string uid_; // of the object, for Events
  bool listed_ = false;
  bool dirty_ = true;  // the object may have to be answered or written
  bool raise_ = false; // spec.triggerSyncID is to show our own request
  bool may_join_ = false;
  std::optional<TriggerObject> settled_;                // the object as we left it
  std::pair<std::int64_t, std::int64_t> refused_{0, 0}; // the id, and the last accepted one
  LastRun run_;
  std::string last_run_;
  std::uint32_t failures_ = 0;
  Clock::time_point not_before_{};    // the next write
  Clock::time_point next_request_{};  // of our own
  Clock::time_point next_progress_{}; // written
  asio::experimental::channel<void(boost::system::error_code)> wake_;
};

} // namespace syncer
