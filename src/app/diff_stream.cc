#include "app/diff_stream.h"

#include <nlohmann/json.hpp>

namespace syncer {

namespace {

using nlohmann::json;

std::string line(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

json of(const DiffPass::Row& row, const std::string& vcenter) {
  json changes = json::array();
  for (const VolumeComparison::Change& change : row.comparison.changes) {
    changes.push_back({{"change", std::string(1, change.sign)},
                       {"kind", to_string(change.ref.kind)},
                       {"namespace", change.ref.ns.str()},
                       {"name", change.ref.name.str()},
                       {"detail", change.detail}});
  }
  return {{"vcenter", vcenter},
          {"volume", row.id.str()},
          {"pv", row.pv},
          {"in_cns", row.comparison.result != VolumeComparison::Result::kAbsent},
          {"queued", row.comparison.queued},
          {"unreadable", row.unreadable},
          {"changes", changes}};
}

json of(const DiffPass::Counts& counts) {
  return {{"volumes", counts.volumes},       {"in_sync", counts.in_sync},
          {"differ", counts.differ},         {"queued", counts.queued},
          {"hands_off", counts.hands_off},   {"only_in_cns", counts.only_in_cns},
          {"unreadable", counts.unreadable}, {"listed", counts.listed}};
}

} // namespace

std::string DiffStream::over(const std::string& error) {
  json summary = of(counts_);
  summary["vcenter"] = vcenters_[at_];
  summary["error"] = error;
  ++at_;
  pass_.reset();
  counts_ = {};
  return line({{"summary", summary}});
}

asio::awaitable<std::string> DiffStream::next() {
  if (at_ == vcenters_.size()) {
    if (std::exchange(ended_, true)) co_return "";
    co_return line({{"end", true}});
  }
  if (!still_valid_()) co_return over("the configuration changed meanwhile: ask again");
  if (!pass_) pass_ = begin_(vcenters_[at_]);
  if (!pass_) co_return over("it is not configured any more");
  const Outcome<DiffPass::Page> page = co_await pass_->next();
  if (!page) co_return over(page.error().detail);
  counts_ = page->counts;
  std::string text;
  for (const DiffPass::Row& row : page->rows) text += line(of(row, vcenters_[at_]));
  text += line({{"progress",
                 {{"vcenter", vcenters_[at_]}, {"done", counts_.volumes}, {"of", page->total}}}});
  if (page->last) text += over("");
  co_return text;
}

} // namespace syncer
