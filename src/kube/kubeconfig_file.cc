#include "kube/kubeconfig_file.h"

#include <filesystem>

#include "kube/files.h"

namespace syncer {

Error KubeconfigEntry::unusable(const std::string& key, const std::string& why) const {
  return Error{ErrorKind::kRejected, where + "." + key + " " + why};
}

bool KubeconfigEntry::has(const char* key) const {
  return node.IsMap() && node[key].IsDefined() && !node[key].IsNull();
}

Outcome<std::string> KubeconfigEntry::text(const char* key) const {
  if (!has(key)) return std::string();
  if (!node[key].IsScalar()) return unusable(key, "is not a string");
  return node[key].Scalar();
}

Outcome<bool> KubeconfigEntry::flag(const char* key) const {
  const auto value = text(key);
  if (!value) return value.error();
  if (value->empty() || *value == "false") return false;
  if (*value == "true") return true;
  return unusable(key, "is neither true nor false");
}

Outcome<std::string> KubeconfigEntry::path(const char* key) const {
  auto value = text(key);
  if (!value || value->empty()) return value;
  return (std::filesystem::path(file).parent_path() / *value).string();
}

Outcome<std::string> KubeconfigEntry::content(const char* key, std::string& file_path) const {
  const std::string data_key = std::string(key) + "-data";
  auto data = text(data_key.c_str());
  if (!data) return data;
  if (!data->empty()) {
    auto decoded = decode_base64(*data);
    if (!decoded) return unusable(data_key, "is not valid base64");
    return decoded;
  }
  auto from = path(key);
  if (!from || from->empty()) return from;
  auto bytes = read_text_file(*from);
  if (!bytes) return unusable(key, "names a file that cannot be read: " + bytes.error().detail);
  if (trim(*bytes).empty()) return unusable(key, "names an empty file: " + *from);
  file_path = *from;
  return bytes;
}

} // namespace syncer
