#include "reconcile/vmdk_path.h"

#include <algorithm>

namespace syncer {

namespace {

constexpr std::string_view kSpace = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// A path may be a megabyte of anything: people need only its beginning.
std::string quoted(std::string_view text) {
  constexpr std::size_t kShown = 256;
  return "\"" + std::string(text.substr(0, kShown)) + (text.size() > kShown ? "...\"" : "\"");
}

Error never(std::string_view text, std::string_view why) {
  Error error;
  error.kind = ErrorKind::kRejected;
  error.detail = "path " + quoted(text) + " cannot be registered: " + std::string(why);
  return error;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

void append_escaped(std::string& out, std::string_view text, bool keep_slashes) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_unreserved(c) || (keep_slashes && c == '/')) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
}

} // namespace

Outcome<VmdkPath> parse_vmdk_path(std::string_view text) {
  std::string_view rest = trimmed(text);
  if (!rest.starts_with('[')) {
    return never(text, "it names no datastore (\"[datastore] folder/disk.vmdk\" is expected)");
  }
  const std::size_t end = rest.find(']');
  if (end == std::string_view::npos)
    return never(text, "the bracket of its datastore is not closed");
  std::string_view datastore = rest.substr(1, end - 1);
  if (const std::size_t slash = datastore.rfind('/'); slash != std::string_view::npos) {
    datastore.remove_prefix(slash + 1);
  }
  datastore = trimmed(datastore);
  if (datastore.empty()) return never(text, "the name of its datastore is empty");
  std::string_view file = trimmed(rest.substr(end + 1));
  file.remove_prefix(std::min(file.find_first_not_of('/'), file.size()));
  if (file.empty()) return never(text, "it names no file on the datastore");
  return VmdkPath{std::string(datastore), std::string(file)};
}

std::string registration_url(std::string_view host, std::string_view datacenter_path,
                             const VmdkPath& vmdk) {
  std::string url = "https://";
  url += host;
  url += "/folder/";
  append_escaped(url, vmdk.file, true);
  url += "?dcPath=";
  append_escaped(url, datacenter_path, false);
  url += "&dsName=";
  append_escaped(url, vmdk.datastore, false);
  return url;
}

} // namespace syncer
