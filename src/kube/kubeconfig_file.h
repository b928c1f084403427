#pragma once

#include <yaml-cpp/yaml.h>
#include <string>

#include "core/outcome.h"

namespace syncer {

// One named entry (a cluster, user or context) and the file it stands in, for messages and for
// relative paths.
struct KubeconfigEntry {
  YAML::Node node; // its `cluster`, `user` or `context` map; undefined when the name is unknown
  std::string file;
  std::string where; // "FILE: users[admin].user"

  bool found() const { return node.IsDefined(); }
  bool has(const char* key) const;
  // A scalar as text; empty when absent. kRejected for a map or a list.
  Outcome<std::string> text(const char* key) const;
  Outcome<bool> flag(const char* key) const;
  // A path, resolved against the folder of the file that contains it; empty when absent.
  Outcome<std::string> path(const char* key) const;
  // Content given as base64 under `<key>-data`, or as a file under `<key>`, whose path is then
  // stored in `file_path`. Data beats the file. Both absent: empty.
  Outcome<std::string> content(const char* key, std::string& file_path) const;
  Error unusable(const std::string& key, const std::string& why) const;
};

} // namespace syncer
