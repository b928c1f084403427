#pragma once

#include <map>
#include <string>

#include "cns/credential_latch.h"
#include "core/random.h"

namespace syncer {

// Tells one credential from another without saying what it is: 16 bits of scrypt under a salt. Too
// few to confirm a guess with, for one guess in 65,536 fits; that a new credential fits by chance
// delays its first try by a probe interval, no more.
struct CredentialTag {
  std::string salt; // bytes in hex, both
  std::string value;
};
// With a new salt: ask once per credential, for several tags of it would tell more than one.
CredentialTag make_tag(const Credentials& credentials, const Random& random);
bool fits(const CredentialTag& tag, const Credentials& credentials);

// What a refusal leaves for the next process.
struct KeptRefusal {
  CredentialLatch::Refusal refusal;
  CredentialTag tag;
};
using KeptRefusals = std::map<std::string, KeptRefusal>; // by host

// Where a leader keeps them: an annotation of the Lease.
inline constexpr const char* kRefusalsAnnotation = "vsphere-syncer/refused-credentials";
// One line of JSON; empty when there are none.
std::string encode_refusals(const KeptRefusals& refusals);
// What cannot be understood is left out, and so is what is beyond 64.
KeptRefusals decode_refusals(const std::string& text);

} // namespace syncer
