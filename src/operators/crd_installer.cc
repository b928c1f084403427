#include "operators/crd_installer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/backoff.h"
#include "operators/crd_merge.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr Backoff kTryAgain{std::chrono::seconds(5), std::chrono::minutes(5)};
constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::seconds kPoll{1};

} // namespace

CrdInstaller::CrdInstaller(const CrDeps& deps, Conditions& conditions, std::vector<Crd> wanted)
    : deps_(deps),
      conditions_(conditions),
      wanted_(std::move(wanted)),
      writer_(deps, "CustomResourceDefinition",
              "/apis/apiextensions.k8s.io/v1/customresourcedefinitions") {}

bool CrdInstaller::want(Crd crd) {
  if (std::find(wanted_.begin(), wanted_.end(), crd) == wanted_.end()) wanted_.push_back(crd);
  return !running_;
}

asio::awaitable<void> CrdInstaller::run() {
  if (std::exchange(running_, true)) co_return;
  for (std::uint32_t failures = 1;; ++failures) {
    std::map<Crd, std::string> problems;
    const std::vector<Crd> wanted = wanted_; // may grow meanwhile
    for (const Crd crd : wanted) {
      const Outcome<> done = co_await ensure(crd);
      if (done) {
        std::erase(wanted_, crd);
      } else {
        problems[crd] = done.error().detail;
      }
    }
    tell(problems);
    if (wanted_.empty()) break;
    const auto again = deps_.clock.now() + kTryAgain.after(failures, deps_.random());
    co_await deps_.clock.sleep_until(again);
  }
  running_ = false;
}

asio::awaitable<Outcome<>> CrdInstaller::ensure(Crd crd) {
  const std::string name = crd_name(crd);
  const json manifest = crd_manifest(crd);
  CrWriter::Change change = [manifest](json& existing) { add_missing(existing, manifest); };
  const Outcome<bool> repaired = co_await writer_.edit(name, std::move(change));
  if (repaired) {
    if (*repaired) deps_.log.info("crd={} missing fields added", name);
    co_return Done{};
  }
  if (repaired.error().kind != ErrorKind::kNotFound) co_return repaired.error();
  std::string body = manifest.dump();
  const Outcome<CrWriter::Created> created = co_await writer_.create(name, std::move(body));
  if (!created) co_return created.error();
  const Outcome<> served = co_await wait_until_established(name);
  if (served) deps_.log.info("crd={} created", name);
  co_return served;
}

asio::awaitable<Outcome<>> CrdInstaller::wait_until_established(std::string name) {
  const auto deadline = deps_.clock.now() + kPatience;
  Error error;
  error.detail = "CustomResourceDefinition " + name + " was created but is not established";
  while (deps_.clock.now() < deadline) {
    const Outcome<std::string> text = co_await writer_.get(name);
    if (!text) co_return text.error();
    if (is_established(json::parse(*text, nullptr, false))) co_return Done{};
    const auto next = deps_.clock.now() + kPoll;
    co_await deps_.clock.sleep_until(next);
  }
  co_return error;
}

void CrdInstaller::tell(const std::map<Crd, std::string>& problems) {
  std::string all;
  for (const auto& [crd, problem] : problems) all += (all.empty() ? "" : "; ") + problem;
  if (all.empty()) {
    conditions_.clear(Condition::kCrdUnavailable, "");
  } else {
    conditions_.raise(Condition::kCrdUnavailable, "", all);
  }
}

} // namespace syncer
