#pragma once

#include <string>

#include "core/clock.h"
#include "core/secret.h"

namespace syncer {

// The bearer token of the moment. A token file is read again when the last reading is 50 s old, and
// at once when the server refused the token; a file that cannot be read or is empty changes
// nothing.
class TokenSource {
 public:
  // `file` may be empty: then `token` never changes.
  TokenSource(const Clock& clock, Secret token, std::string file);
  const Secret& token();
  void read_again();

 private:
  const Clock& clock_;
  Secret token_;
  std::string file_;
  Clock::time_point read_at_{};
  bool read_ = false;
};

} // namespace syncer
