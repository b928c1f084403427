#include "app/gzip.h"

#include <zlib.h>

#include <new>

namespace syncer {

namespace {

constexpr int kGzip = 16; // added to the window bits: a gzip file, not a bare stream

std::string_view trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

// The part before `end`, taken off the front of `text`.
std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  const std::string_view front = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return trimmed(front);
}

bool refused(std::string_view parameters) {
  parameters = trimmed(parameters);
  return parameters.starts_with("q=0") && parameters.find_first_of("123456789") == parameters.npos;
}

} // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  bool any = false;
  while (!accept_encoding.empty()) {
    std::string_view coding = take_until(accept_encoding, ',');
    const std::string_view name = take_until(coding, ';');
    if (name == "gzip") return !refused(coding);
    if (name == "*") any = !refused(coding);
  }
  return any;
}

std::string gzip(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + kGzip, MAX_MEM_LEVEL,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH); // ends: there is room for all of it
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

} // namespace syncer
