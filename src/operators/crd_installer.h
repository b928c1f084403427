#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/conditions.h"
#include "operators/cr_writer.h"
#include "operators/crd_manifests.h"

namespace syncer {

// Sees to it that definitions exist and know every field that is used. Whoever needs one waits for
// its objects to be served, whoever does not goes on: a definition that cannot be had is a
// condition, and tried again.
class CrdInstaller {
 public:
  // `conditions` must outlive this object.
  CrdInstaller(const CrDeps& deps, Conditions& conditions, std::vector<Crd> wanted);

  // Ends when all are served.
  asio::awaitable<void> run();

 private:
  asio::awaitable<Outcome<>> ensure(Crd crd);
  asio::awaitable<Outcome<>> wait_until_established(std::string name);
  void tell(const std::map<Crd, std::string>& problems);

  CrDeps deps_;
  Conditions& conditions_;
  std::vector<Crd> wanted_;
  CrWriter writer_;
  std::string told_;
};

} // namespace syncer
