#include "kube/files.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace syncer {

Outcome<std::string> read_text_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || file.bad()) {
    const char* why = errno != 0 ? std::strerror(errno) : "cannot be read";
    return Error{ErrorKind::kRejected, path + ": " + why};
  }
  return text.str();
}

std::string trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kSpace) - first + 1));
}

Outcome<std::string> decode_base64(std::string_view text) {
  const Error bad{ErrorKind::kRejected, "not valid base64"};
  std::string out;
  unsigned bits = 0;
  int have = 0;
  std::size_t letters = 0;
  bool padded = false;
  for (const char c : text) {
    if (c == '\n' || c == '\r' || c == ' ' || c == '\t') continue;
    ++letters;
    if (c == '=') {
      padded = true;
      continue;
    }
    int value = -1;
    if (c >= 'A' && c <= 'Z') value = c - 'A';
    if (c >= 'a' && c <= 'z') value = c - 'a' + 26;
    if (c >= '0' && c <= '9') value = c - '0' + 52;
    if (c == '+') value = 62;
    if (c == '/') value = 63;
    if (value < 0 || padded) return bad;
    bits = (bits << 6 | static_cast<unsigned>(value)) & 0xFFFFFF;
    have += 6;
    if (have >= 8) {
      have -= 8;
      out.push_back(static_cast<char>(bits >> have & 0xFF));
    }
  }
  if (letters % 4 != 0) return bad;
  return out;
}

} // namespace syncer
