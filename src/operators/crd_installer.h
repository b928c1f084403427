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

  // Ends when all are served, or at once when it runs already.
  asio::awaitable<void> run();
  // One more. True: nothing runs, and run() is to be called again.
  bool want(Crd crd);

 private:
  asio::awaitable<Outcome<>> ensure(Crd crd);
  asio::awaitable<Outcome<>> wait_until_established(std::string name);
  void tell(const std::map<Crd, std::string>& problems);

  CrDeps deps_;
  Conditions& conditions_;
  std::vector<Crd> wanted_;
  CrWriter writer_;
  bool running_ = false;
};

} // namespace syncer
