#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/secret.h"

namespace syncer {

// scrypt (RFC 7914, N = 2^14, r = 8, p = 1) of the secret: slow on purpose, some 50 ms and 16 MiB.
// Empty when the memory is not to be had.
std::string scrypt(const Secret& secret, std::string_view salt, std::size_t size);

} // namespace syncer
