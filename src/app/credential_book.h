#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "app/credential_record.h"
#include "cns/credential_latch.h"
#include "config/vsphere_config.h"
#include "core/clock.h"
#include "core/conditions.h"
#include "core/random.h"

namespace spdlog {
class logger;
}

namespace syncer {

// The credential latches of all vCenters, by host, and the condition that tells of them. They
// outlive the worlds: a changed configuration must not bring a refused credential another try.
class CredentialBook {
 public:
  struct Deps {
    asio::any_io_executor executor;
    const Clock& clock;
    Conditions& conditions;
    spdlog::logger& log;
    Random random;
    // Keeps a text for the next process; an empty one takes it away. None: nothing outlives us.
    std::function<void(std::string)> keep = nullptr;
  };
  CredentialBook(Deps deps, Clock::duration probe_interval)
      : deps_(std::move(deps)), probe_interval_(probe_interval) {}

  // What the process before kept; to be told before any latch is asked for.
  void restore(const std::string& text);
  // That of a vCenter which is to be reached with these from now on. The world that uses it is its
  // second owner.
  std::shared_ptr<CredentialLatch> latch(const std::string& host, Credentials credentials);
  // Forgets the vCenters that are not configured any more; the others have their latches.
  void keep_only(const VSphereConfig& config);

  // Told when vCenter takes credentials that it had refused, or that replaced others.
  std::function<void(const std::string& host)> accepted;

 private:
  void told(const std::string& host);
  void show(const std::string& host);
  void save();

  struct Entry {
    std::shared_ptr<CredentialLatch> latch;
    Credentials tagged; // those that `tag` is of
    CredentialTag tag;
  };

  Deps deps_;
  Clock::duration probe_interval_;
  std::map<std::string, Entry> entries_;
  KeptRefusals restored_; // of vCenters that have no latch yet
  std::string kept_;
};

} // namespace syncer
