#include "operators/last_run.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "kube/event_json.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr std::size_t kLongestError = 1024;
constexpr std::size_t kLongestHost = 253;

// The worst of all.
const char* result_of(const std::vector<RunAtVCenter>& vcenters) {
  if (!is_over(vcenters)) return "running";
  const auto any = [&](const char* result) {
    return std::any_of(vcenters.begin(), vcenters.end(),
                       [&](const RunAtVCenter& one) { return one.result == result; });
  };
  if (any("failure")) return "failure";
  return any("partial") ? "partial" : "success";
}

std::string text_of(const LastRun& run, std::size_t longest_error, std::size_t most) {
  json made = {{"triggerSyncID", run.id},
               {"state", result_of(run.vcenters)},
               {"started", run.started},
               {"vcenters", json::array()}};
  if (!run.ended.empty()) made["ended"] = run.ended;
  for (const RunAtVCenter& one : run.vcenters) {
    if (made["vcenters"].size() == most) break;
    json shown = {{"host", cut_text(one.host, kLongestHost)},
                  {"state", one.result.empty() ? "running" : one.result},
                  {"read", one.volumes_read},
                  {"differed", one.differed},
                  {"synced", one.synced},
                  {"failed", one.failed}};
    if (!one.error.empty() && longest_error > 0) {
      shown["error"] = cut_text(one.error, longest_error);
    }
    made["vcenters"].push_back(std::move(shown));
  }
  if (run.vcenters.size() > most) made["more"] = run.vcenters.size() - most;
  return made.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace

bool is_over(const std::vector<RunAtVCenter>& vcenters) {
  return std::none_of(vcenters.begin(), vcenters.end(),
                      [](const RunAtVCenter& one) { return one.result.empty(); });
}

std::string error_of(const std::vector<RunAtVCenter>& vcenters) {
  std::string all;
  for (const RunAtVCenter& one : vcenters) {
    if (one.error.empty()) continue;
    all += (all.empty() ? "" : "; ") + one.host + ": " + one.error;
  }
  return std::string(cut_text(all, kLongestError));
}

std::string last_run_text(const LastRun& run, std::size_t limit) {
  std::string text;
  for (const std::size_t longest_error : {std::size_t{256}, std::size_t{64}, std::size_t{0}}) {
    text = text_of(run, longest_error, run.vcenters.size());
    if (text.size() <= limit) return text;
  }
  for (std::size_t most = run.vcenters.size(); most > 0 && text.size() > limit;) {
    text = text_of(run, 0, --most);
  }
  return text;
}

} // namespace syncer
