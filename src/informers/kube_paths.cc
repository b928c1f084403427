#include "informers/kube_paths.h"

#include "net/url.h"

namespace syncer {

std::string collection_path(Resource resource) {
  return std::string("/api/v1/") + name_of(resource);
}

std::string object_path(Resource resource, std::string_view ns, std::string_view name) {
  std::string path = "/api/v1/";
  if (namespaced(resource)) path += "namespaces/" + percent_encode(ns) + "/";
  return path + name_of(resource) + "/" + percent_encode(name);
}

} // namespace syncer
