#pragma once

#include <functional>
#include <string>

#include "cns/cns_write_codec.h"
#include "cns/task_waiter.h"
#include "cns/vcenter_session.h"
#include "cns/write_result.h"
#include "core/leadership.h"

namespace syncer {

// The writing half of CNS, for one container cluster. Every write asks Leadership directly before
// its bytes go out, is never repeated unasked, and waits for its task.
class CnsWriter {
 public:
  struct Deps {
    VcenterSession& session;
    TaskWaiter& waiter;
    Clock& clock;
    const Leadership& leadership;
  };
  struct Options {
    CnsCluster cluster;
    Clock::duration late_task_window = std::chrono::seconds(300);
  };

  CnsWriter(Deps deps, Options options) : deps_(deps), options_(std::move(options)) {}

  asio::awaitable<WriteResult> update(CnsUpdate update);
  asio::awaitable<CreateResult> create(CnsCreate create);
  asio::awaitable<WriteResult> unregister(VolumeId id);

 private:
  using Body = std::function<std::string(const SessionFacts&)>;

  // The features of a server that may be written to; errors are unsent.
  asio::awaitable<Outcome<CnsFeatures>> writable();
  asio::awaitable<WriteEnding> send(const char* method, Body body);

  Deps deps_;
  Options options_;
};

} // namespace syncer
