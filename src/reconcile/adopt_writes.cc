// The second half of `adopt`: what it writes.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "reconcile/adopt.h"
#include "reconcile/label_limits.h"

namespace syncer {

namespace {

using State = AdoptRow::State;

bool cut_all_labels(CnsUpdate& call) {
  bool cut = false;
  for (CnsEntity& entity : call.upserts) cut = cut_labels(entity) || cut;
  return cut;
}

} // namespace

asio::awaitable<void> Adopt::write_all() {
  asio::experimental::channel<void(boost::system::error_code)> ended(deps_.executor, 1);
  workers_ = std::max<std::size_t>(1, options_.max_in_flight);
  const std::size_t count = workers_;
  for (std::size_t i = 0; i < count; ++i) {
    asio::co_spawn(deps_.executor, work(), [this, &ended](const std::exception_ptr& failure) {
      --workers_;
      ended.try_send(boost::system::error_code());
      if (failure) std::rethrow_exception(failure);
    });
  }
  while (workers_ > 0) {
    co_await ended.async_receive(asio::as_tuple(asio::use_awaitable));
  }
  if (stopping_ && result_.refused.empty()) result_.refused = "stopped; run it again to go on";
}

asio::awaitable<void> Adopt::work() {
  while (!stopping_ && next_ < result_.rows.size()) {
    AdoptRow& row = result_.rows[next_++];
    if (row.state == State::kPlanned) {
      co_await adopt(row);
      deps_.log.info("adopt volume={} pv={} result={} {}", row.id.view(), row.pv,
                     to_string(row.state), row.detail);
    }
    report(Progress::Phase::kWriting, ++done_, result_.rows.size());
  }
}

// Ours first, complete and acknowledged; only then OLD's go.
asio::awaitable<void> Adopt::adopt(AdoptRow& row) {
  const std::vector<VolumeId> id{row.id};
  const auto fail = [&row](std::string detail) {
    row.state = State::kFailed;
    row.detail = std::move(detail);
  };
  // Read again: the second read of everything may be an hour old by now.
  const Outcome<std::vector<CnsVolume>> old = co_await deps_.old_cns.query_volumes(id);
  if (!old) co_return fail("read: " + old.error().detail);
  const Outcome<std::vector<CnsVolume>> ours = co_await deps_.cns.query_volumes(id);
  if (!ours) co_return fail("read: " + ours.error().detail);
  if (old->empty() || ours->empty()) co_return fail("CNS does not know the volume any more");

  const Shown was = old_.at(row.id);
  const Shown is{old->front().type, old->front().entities};
  const bool same_size = was.entities.size() == is.entities.size();
  if (!same_size ||
      !std::is_permutation(was.entities.begin(), was.entities.end(), is.entities.begin())) {
    co_return fail("its entities of " + options_.old_id + " changed meanwhile");
  }
  const Shown known{ours->front().type, ours->front().entities};
  std::vector<CnsUpdate> plan = plan_ours(row, known);
  if (row.state != State::kPlanned) {
    row.remove.clear();
    co_return;
  }
  for (CnsUpdate& call : plan) {
    const bool sent = co_await send(deps_.cns, std::move(call), row);
    if (!sent) co_return;
  }
  for (CnsUpdate& call : removal_calls(row.id, is.type, is.entities)) {
    const bool sent = co_await send(deps_.old_cns, std::move(call), row);
    if (!sent) co_return;
  }
  row.state = State::kDone;
}

// False: the volume's row says why it ends here.
asio::awaitable<bool> Adopt::send(CnsApi& cns, CnsUpdate call, AdoptRow& row) {
  for (bool cut = false;; cut = true) {
    if (!deps_.leadership.may_write(deps_.leadership.write_budget())) {
      stopping_ = true;
      result_.refused = "leadership was lost; run it again to go on";
      row.state = State::kFailed;
      row.detail = "not finished: leadership was lost";
      co_return false;
    }
    const WriteResult result = co_await cns.update(call);
    if (result.end == WriteEnd::kAcknowledged) co_return true;
    // Perhaps the labels are beyond this vCenter's limits.
    const bool invalid =
        result.end == WriteEnd::kRefused && result.fault == CnsFault::kInvalidArgument;
    if (invalid && !cut && cut_all_labels(call)) continue;
    row.state = State::kFailed;
    row.detail = result.end == WriteEnd::kUnknown
                     ? "the reply was lost, run it again: " + result.error.detail
                     : result.error.detail;
    co_return false;
  }
}

} // namespace syncer
