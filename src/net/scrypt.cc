#include "net/scrypt.h"

#include <openssl/evp.h>

namespace syncer {

std::string scrypt(const Secret& secret, std::string_view salt, std::size_t size) {
  constexpr std::uint64_t kCost = 1U << 14U;
  constexpr std::uint64_t kBlock = 8;
  constexpr std::uint64_t kLanes = 1;
  constexpr std::uint64_t kMostMemory = 32U << 20U;
  const std::string& text = secret.reveal();
  std::string key(size, '\0');
  const int done = EVP_PBE_scrypt(
      text.data(), text.size(), reinterpret_cast<const unsigned char*>(salt.data()), salt.size(),
      kCost, kBlock, kLanes, kMostMemory, reinterpret_cast<unsigned char*>(key.data()), key.size());
  return done == 1 ? key : std::string();
}

} // namespace syncer
