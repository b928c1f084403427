#pragma once

#include <string>
#include <vector>

namespace syncer {

// One of the things that must hold. `problem` is empty when it does.
struct HealthCheck {
  std::string name;
  std::string problem;
};

// Of the first one that does not hold; empty when all do.
std::string first_problem(const std::vector<HealthCheck>& checks);

// As the API server's own /readyz?verbose: a line for each check, then one for all.
std::string verbose_text(const std::string& endpoint, const std::vector<HealthCheck>& checks);

} // namespace syncer
