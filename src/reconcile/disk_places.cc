#include "reconcile/disk_places.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace syncer {

namespace {

constexpr std::string_view kVmdk = ".vmdk";
constexpr std::size_t kSnapshotDigits = 6; // disk-000001.vmdk

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// With a snapshot CNS shows the file that takes the writes.
std::string_view without_snapshot(std::string_view file) {
  if (!file.ends_with(kVmdk)) return file;
  std::string_view stem = file.substr(0, file.size() - kVmdk.size());
  if (stem.size() <= kSnapshotDigits + 1) return stem;
  const std::string_view digits = stem.substr(stem.size() - kSnapshotDigits);
  const bool snapshot = std::all_of(digits.begin(), digits.end(), is_digit) &&
                        stem[stem.size() - kSnapshotDigits - 1] == '-';
  return snapshot ? stem.substr(0, stem.size() - kSnapshotDigits - 1) : stem;
}

// A file on a datastore without what may be written in several ways.
std::string plain(std::string_view file) {
  std::string result;
  for (const char c : without_snapshot(file)) {
    if (c != '/' || !result.ends_with('/')) result += c;
  }
  return result;
}

// 8-4-4-4-12, as vSAN names the folder of an object.
bool is_object_id(std::string_view folder) {
  if (folder.size() != 36) return false;
  for (std::size_t at = 0; at < folder.size(); ++at) {
    const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
    if (dash ? folder[at] != '-' : !is_hex(folder[at])) return false;
  }
  return true;
}

std::array<std::string_view, 2> first_folder_and_rest(std::string_view file) {
  const std::size_t slash = std::min(file.find('/'), file.size());
  return {file.substr(0, slash), file.substr(slash)};
}

} // namespace

Whereabouts compare_places(const VmdkPath& named, const VmdkPath& shown) {
  const std::string from = plain(named.file);
  const std::string to = plain(shown.file);
  if (from == to) {
    return named.datastore == shown.datastore ? Whereabouts::kSame : Whereabouts::kOtherDatastore;
  }
  const auto [from_folder, from_rest] = first_folder_and_rest(from);
  const auto [to_folder, to_rest] = first_folder_and_rest(to);
  if (from_rest == to_rest && !to_rest.empty() &&
      is_object_id(from_folder) != is_object_id(to_folder)) {
    return Whereabouts::kUnclear;
  }
  return Whereabouts::kMoved;
}

} // namespace syncer
