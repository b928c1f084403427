#pragma once

#include <spdlog/logger.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <memory>
#include <optional>
#include <string>

#include "core/conditions.h"
#include "core/leadership.h"
#include "core/random.h"
#include "kube/kube_client.h"
#include "kube/lease_election.h"
#include "kube/object_watch.h"

namespace syncer {

// Takes part in the election by one Lease: reads, makes and replaces it, and watches it while
// somebody else leads. No trouble with the API server ends it.
class LeaseElector final : public Leadership, private ObjectSink {
 public:
  struct Deps {
    asio::any_io_executor executor;
    KubeClient& client;
    Clock& clock;
    spdlog::logger& log;
    Random random;
  };
  struct Options {
    std::string ns;
    std::string name = "vsphere-syncer";
    std::string identity;
    ElectionTiming timing;
  };

  LeaseElector(Deps deps, Options options);

  // Returns when we lead, or after `resign`.
  asio::awaitable<void> campaign();
  // Keeps the Lease; returns when it is lost, or after `resign`.
  asio::awaitable<void> hold();
  // From the call on nothing may be written any more. Frees the Lease if it is ours, so that
  // another may have it at once; tries until `deadline`. Call it once, after the last write has
  // ended.
  asio::awaitable<void> resign(Clock::time_point deadline);

  // An annotation of the Lease, as last seen. Empty: none.
  std::string annotation(const std::string& name) const {
    return lease_annotation(election_.record(), name);
  }
  // Of the leader: what the Lease shall say beside the election from now on, whatever becomes of it
  // meanwhile. Written by a renewal that follows at once.
  void annotate(const std::string& name, std::string text);

  bool leads() const { return election_.leads(); }
  // How long it goes on leading without another renewal; zero if it does not lead.
  Clock::duration left() const;
  // By what was seen last; empty: nobody.
  const std::string& holder() const { return election_.holder(); }
  // A leader that should have renewed or given up long ago: nobody is at work here.
  bool overdue() const;
  // What has kept us from taking part since nobody was last seen to lead.
  const std::optional<Trouble>& trouble() const { return trouble_; }
  // Why it was lost, in words.
  const std::string& lost_because() const { return election_.lost_because(); }

  bool may_write(Clock::duration budget) const override;
  Clock::duration write_budget() const override;
  std::uint64_t term() const override { return election_.term(); }

 private:
  using Wake = asio::experimental::channel<void(boost::system::error_code)>;

  Outcome<> put(const ObjectName& name, const nlohmann::json& object) override;
  void remove(const ObjectName& name) override;

  asio::awaitable<void> take_steps();
  asio::awaitable<void> read();
  asio::awaitable<void> write(LeaseStep step);
  asio::awaitable<bool> free(Clock::time_point deadline);
  asio::awaitable<KubeResult<Lease>> send(std::string method, std::string path, Lease lease,
                                          Clock::time_point deadline);
  Clock::time_point request_deadline() const;
  void trouble(const std::string& what, const KubeFailure& failure);
  void told();

  Deps deps_;
  Options options_;
  std::string path_; // of the Lease
  LeaseElection election_;
  ObjectWatch watch_;
  Wake wake_;     // something happened that changes the next step
  Wake answered_; // a request has ended
  bool asking_ = false;
  bool resigned_ = false;
  LeaseSent sent_;           // the last write
  LeaseNotes notes_;         // to be in every write
  bool notes_sent_ = true;   // the latest ones were in the last write, unless that failed
  std::string last_problem_; // logged once, not at every attempt
  std::string last_holder_;
  std::optional<Trouble> trouble_;
};

} // namespace syncer
