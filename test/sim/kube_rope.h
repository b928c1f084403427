#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace syncer::sim {

// Encoded bytes with holes: each cut names a shared piece that belongs at that place. Lengths
// inside the bytes already count the pieces.
struct Rope {
  struct Cut {
    std::uint32_t at = 0;
    std::uint32_t piece = 0;
  };
  std::string bytes;
  std::vector<Cut> cuts;
  std::size_t piece_bytes = 0;

  std::size_t size() const { return bytes.size() + piece_bytes; }
};

} // namespace syncer::sim
