#include "cns/disk_url.h"

#include <algorithm>

#include "net/url.h"

namespace syncer {

namespace {

constexpr std::string_view kFolder = "/folder/";
constexpr std::string_view kDatastore = "dsName=";

std::string datastore_of(std::string_view query) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view one = query.substr(0, end);
    if (one.starts_with(kDatastore)) return percent_decode(one.substr(kDatastore.size()));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return "";
}

} // namespace

std::string disk_path_of_url(std::string_view url) {
  const Outcome<Url> parsed = parse_url(url);
  if (!parsed || !parsed->path.starts_with(kFolder)) return "";
  const std::string_view path = std::string_view(parsed->path).substr(kFolder.size());
  const std::size_t question = path.find('?');
  if (question == std::string_view::npos) return "";
  const std::string datastore = datastore_of(path.substr(question + 1));
  const std::string file = percent_decode(path.substr(0, question));
  return datastore.empty() || file.empty() ? "" : "[" + datastore + "] " + file;
}

} // namespace syncer
