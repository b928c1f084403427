#include "app/health.h"

namespace syncer {

std::string first_problem(const std::vector<HealthCheck>& checks) {
  for (const HealthCheck& check : checks) {
    if (!check.problem.empty()) return check.problem;
  }
  return "";
}

std::string verbose_text(const std::string& endpoint, const std::vector<HealthCheck>& checks) {
  std::string text;
  for (const HealthCheck& check : checks) {
    const bool holds = check.problem.empty();
    text += (holds ? "[+]" : "[-]") + check.name + (holds ? " ok" : " failed: " + check.problem);
    text += '\n';
  }
  const bool passed = first_problem(checks).empty();
  return text + endpoint + " check " + (passed ? "passed" : "failed") + "\n";
}

} // namespace syncer
