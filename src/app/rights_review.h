#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "app/rights.h"
#include "core/conditions.h"

namespace spdlog {
class logger;
}

namespace syncer {

// Asks the API server what we may, again and again; what is missing is the condition RightsMissing,
// and the duties that it takes wait until they have it. An API server that does not tell takes
// nothing away.
class RightsReview {
 public:
  struct Deps {
    KubeClient& client;
    Clock& clock;
    spdlog::logger& log;
    Conditions& conditions;
    std::function<RightsInput()> input; // asked at each review
  };
  explicit RightsReview(Deps deps) : deps_(std::move(deps)) {}

  // Until cancelled.
  asio::awaitable<void> run();
  // Returns when all rights of the duty are there, or nobody can say; at once when nobody asks.
  asio::awaitable<void> granted(Duty duty);
  // What keeps the process from its main job; empty: nothing.
  std::string obstacle() const;

 private:
  using Missing = std::map<Duty, std::vector<AccessRight>>;
  asio::awaitable<bool> review();
  void conclude(Missing missing);

  Deps deps_;
  bool asking_ = false; // the first review is under way
  Missing missing_;
};

// `work`, as soon as its rights are there.
asio::awaitable<void> when_granted(RightsReview& rights, Duty duty, asio::awaitable<void> work);

} // namespace syncer
