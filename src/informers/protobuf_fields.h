#pragma once

#include <string_view>
#include <utility>

#include "kube/protobuf_reader.h"

namespace syncer {

// A field of bytes or text; lives as long as the buffer.
inline std::string_view text(protozero::pbf_reader& reader) {
  const auto data = reader.get_view();
  return {data.data(), data.size()};
}

inline protozero::pbf_reader reader_of(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

// One entry of a map<string, string>.
inline std::pair<std::string_view, std::string_view> read_entry(protozero::pbf_reader entry) {
  std::pair<std::string_view, std::string_view> pair;
  while (entry.next()) {
    if (entry.tag() == 1) {
      pair.first = text(entry);
    } else if (entry.tag() == 2) {
      pair.second = text(entry);
    } else {
      entry.skip();
    }
  }
  return pair;
}

} // namespace syncer
