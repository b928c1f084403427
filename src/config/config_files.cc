#include "config/config_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

namespace syncer {

namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20; // of a Secret, and of each file here
constexpr char kListSeparator = ':';

Error rejected(std::string detail) { return Error{ErrorKind::kRejected, std::move(detail)}; }

// Remembers what it reads.
class Reader {
 public:
  // Nothing: there is no such file. kRejected: it cannot be read.
  Outcome<std::optional<std::string>> read(const std::string& path) {
    fingerprint.add(path);
    std::error_code code;
    if (!std::filesystem::exists(path, code)) {
      if (code) return unreadable(path, code.message());
      fingerprint.add("absent");
      return std::optional<std::string>();
    }
    if (std::filesystem::is_directory(path, code)) return unreadable(path, "is a directory");
    std::ifstream file(path, std::ios::binary);
    if (!file) return unreadable(path, "cannot be read");
    std::string content(kMaxBytes + 1, '\0');
    file.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(file.gcount()));
    if (content.size() > kMaxBytes) return unreadable(path, "is larger than 1 MiB");
    fingerprint.add("content");
    fingerprint.add(content);
    return std::optional(std::move(content));
  }

  Fingerprint fingerprint;

 private:
  Error unreadable(const std::string& path, const std::string& why) {
    fingerprint.add(why);
    return rejected(path + ": " + why);
  }
};

// Of a host that could lead out of the folder nothing is read.
Outcome<> read_credentials(Reader& reader, const std::filesystem::path& folder,
                           const std::string& host, VCenterSection& section) {
  if (host.empty() || host.find('/') != std::string::npos) return Done{};
  Outcome<std::optional<std::string>> user = reader.read(folder / (host + ".username"));
  if (!user) return user.error();
  if (*user) section.user = {std::move(**user), host + ".username"};
  Outcome<std::optional<std::string>> password = reader.read(folder / (host + ".password"));
  if (!password) return password.error();
  if (*password) section.password = {Secret(std::move(**password)), host + ".password"};
  return Done{};
}

Outcome<std::string> read_ca_files(Reader& reader, std::string_view paths) {
  std::string all;
  while (!paths.empty()) {
    const std::string path(paths.substr(0, paths.find(kListSeparator)));
    paths.remove_prefix(std::min(path.size() + 1, paths.size()));
    if (path.empty()) continue;
    const Outcome<std::optional<std::string>> pem = reader.read(path);
    if (!pem) return pem.error();
    if (!*pem) return rejected(path + ": no such file");
    all.append(**pem).append("\n");
  }
  return all;
}

Outcome<VSphereFile> read_sections(Reader& reader, const std::string& path) {
  const Outcome<std::optional<std::string>> text = reader.read(path);
  if (!text) return text.error();
  if (!*text) return VSphereFile();
  Outcome<VSphereFile> file = read_vsphere_file(**text);
  if (!file) return in_context(path, file.error());
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  for (auto& [host, section] : file->vcenters) {
    const Outcome<> read = read_credentials(reader, folder, host, section);
    if (!read) return read.error();
  }
  return file;
}

Outcome<VSphereConfig> read_all(Reader& reader, const std::string& path,
                                const VSphereEnvironment& environment) {
  Outcome<VSphereFile> file = read_sections(reader, path);
  if (!file) return file.error();
  std::vector<std::string> warnings = lay_over(*file, environment);
  Outcome<VSphereConfig> config = checked_config(*file);
  if (!config) {
    std::error_code code;
    if (!std::filesystem::exists(path, code)) return rejected(path + ": no such file");
    return in_context(path, config.error());
  }
  for (VCenterConfig& vcenter : config->vcenters) {
    if (vcenter.insecure) continue;
    Outcome<std::string> pem = read_ca_files(reader, vcenter.ca_file);
    if (!pem) return in_context("[VirtualCenter \"" + vcenter.host + "\"] ca-file", pem.error());
    vcenter.ca_pem = std::move(*pem);
  }
  config->warnings.insert(config->warnings.begin(), warnings.begin(), warnings.end());
  return config;
}

ConfigReading read_once(const std::string& path, const VSphereEnvironment& environment) {
  Reader reader;
  Outcome<VSphereConfig> config = read_all(reader, path, environment);
  return {std::move(config), reader.fingerprint};
}

} // namespace

ConfigReading read_config(const std::string& path, const VSphereEnvironment& environment) {
  ConfigReading reading = read_once(path, environment);
  // A new user with an old password, read while the files were replaced, would be a failed login.
  for (int again = 0; again < 3; ++again) {
    ConfigReading second = read_once(path, environment);
    if (second.fingerprint == reading.fingerprint) break;
    reading = std::move(second);
  }
  return reading;
}

} // namespace syncer
