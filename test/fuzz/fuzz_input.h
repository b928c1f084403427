#pragma once

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace syncer {

// The first byte of a fuzz input chooses how the rest is used.
struct FuzzInput {
  std::uint8_t choice = 0;
  std::string_view rest;
};

inline FuzzInput split_input(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return {};
  return {data[0], std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1)};
}

// Hands `bytes` out in pieces whose sizes follow from `seed`; 0 hands out all at once.
template <class Feed>
void in_pieces(std::string_view bytes, std::uint8_t seed, Feed feed) {
  if (seed == 0) return feed(bytes);
  std::size_t at = 0;
  std::uint32_t state = seed;
  while (at < bytes.size()) {
    state = state * 1664525u + 1013904223u;
    const std::size_t size = 1 + (state >> 24) % seed;
    feed(bytes.substr(at, size));
    at += size;
  }
}

// A broken promise of the code under test, as a crash that the fuzzer keeps the input of.
inline void must(bool holds) {
  if (!holds) std::abort();
}

} // namespace syncer
