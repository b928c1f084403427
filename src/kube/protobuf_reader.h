#pragma once

#include <protozero/exception.hpp>

namespace syncer {

// A known field with another wire type than ours. protozero only asserts this, but the bytes are
// the server's, not ours.
struct WrongWireType : protozero::exception {
  const char* what() const noexcept override { return "wrong wire type"; }
};

} // namespace syncer

// Include this header instead of protozero/pbf_reader.hpp, everywhere in src/.
#define protozero_assert(condition) ((condition) ? void(0) : throw syncer::WrongWireType())

#include <protozero/pbf_reader.hpp>
