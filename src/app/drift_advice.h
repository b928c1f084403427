#pragma once

#include <string>

#include "reconcile/drift.h"

namespace syncer {

// What somebody may do about a row. Nothing here is ever run by this program.
struct DriftAdvice {
  // A line for a shell that only reads, safe to copy whatever the names in it are. Empty: a name
  // cannot be an id, so that no command could use it.
  std::string command;
  // The next step, as a comment for a shell: nothing happens when it is copied.
  std::string comment;
};

DriftAdvice advice_on(const Drift& drift);

} // namespace syncer
