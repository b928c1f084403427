#include "reconcile/in_tree_places.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace syncer {

namespace {

std::string_view trimmed(std::string_view text, std::string_view what) {
  const std::size_t first = text.find_first_not_of(what);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(what) - first + 1);
}

constexpr std::string_view kSpace = " \t\r\n";

bool names(std::string_view datacenter, const DatastorePlace& place) {
  return datacenter == place.datacenter_name ||
         trimmed(datacenter, "/") == trimmed(place.datacenter_path, "/");
}

std::string listed(const std::vector<DatastorePlace>& places) {
  std::string text;
  for (const DatastorePlace& place : places) {
    text += (text.empty() ? "" : ", ") + place.datacenter_path;
  }
  return text;
}

Error ambiguous(const std::string& datastore, const std::vector<DatastorePlace>& places,
                const std::string& advice) {
  Error error;
  error.kind = ErrorKind::kRejected;
  error.detail = "datastore \"" + datastore + "\" exists in more than one datacenter (" +
                 listed(places) + "): " + advice;
  return error;
}

Error absent(std::string detail) {
  Error error;
  error.kind = ErrorKind::kNotFound;
  error.detail = std::move(detail);
  return error;
}

} // namespace

Outcome<std::vector<DatastorePlace>> registration_places(
    const std::string& datastore, const std::vector<DatastorePlace>& found,
    const std::vector<std::string>& configured) {
  if (found.empty()) return absent("vCenter has no datastore \"" + datastore + "\"");
  std::vector<DatastorePlace> places;
  std::string wanted;
  for (const std::string& entry : configured) {
    const std::string_view datacenter = trimmed(entry, kSpace);
    if (datacenter.empty()) continue;
    wanted += (wanted.empty() ? "" : ", ") + std::string(datacenter);
    std::vector<DatastorePlace> here;
    std::copy_if(found.begin(), found.end(), std::back_inserter(here),
                 [&](const DatastorePlace& place) { return names(datacenter, place); });
    if (here.size() > 1) {
      return ambiguous(datastore, here,
                       "the configured datacenter \"" + std::string(datacenter) +
                           "\" means all of them, write its inventory path");
    }
    const auto same = [&](const DatastorePlace& place) {
      return place.datacenter_path == here[0].datacenter_path;
    };
    // Configured twice, by name and by path.
    if (!here.empty() && std::none_of(places.begin(), places.end(), same)) {
      places.push_back(here[0]);
    }
  }
  if (wanted.empty()) {
    if (found.size() > 1) {
      return ambiguous(datastore, found, "configure the datacenter to use (datacenters)");
    }
    return found;
  }
  if (places.empty()) {
    return absent("datastore \"" + datastore + "\" is in " + listed(found) +
                  ", but in none of the configured datacenters (" + wanted + ")");
  }
  return places;
}

} // namespace syncer
