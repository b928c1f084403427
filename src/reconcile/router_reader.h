#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <unordered_set>
#include <vector>

#include "cns/cns_api.h"

namespace syncer {

// Asks one vCenter which of some volumes it has: one read at a time, at most 1,000 ids each, ids
// that wait share one. A read that never ends holds up this vCenter's answers and nobody else's.
class RouterReader {
 public:
  using Found = Outcome<std::vector<CnsVolume>>;
  // An error: the vCenter did not answer for any of `asked`.
  using Answered = std::function<void(const std::vector<VolumeId>& asked, const Found& found)>;

  // `idle` is called whenever no read is left.
  RouterReader(asio::any_io_executor executor, CnsApi& cns, Answered answered,
               std::function<void()> idle);
  RouterReader(const RouterReader&) = delete;
  RouterReader& operator=(const RouterReader&) = delete;

  void ask(const VolumeId& id);
  // From now on nothing is asked or answered; the object must live until it is not busy.
  void close();
  bool busy() const { return busy_; }
  const CnsApi& cns() const { return cns_; }

 private:
  void start();
  asio::awaitable<void> read_all();

  asio::any_io_executor executor_;
  CnsApi& cns_;
  Answered answered_;
  std::function<void()> idle_;
  std::unordered_set<VolumeId> waiting_;
  bool busy_ = false;
  bool closed_ = false;
};

} // namespace syncer
