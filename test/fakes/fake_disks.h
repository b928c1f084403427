#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cns/backing_disks.h"

namespace syncer {

// Disks of volumes as a test sets them up.
class FakeDisks final : public BackingDisks {
 public:
  asio::awaitable<Outcome<std::vector<BackingDisk>>> backing_disks(
      std::vector<VolumeId> ids) override {
    pages.push_back(ids.size());
    if (error) co_return *error;
    std::vector<BackingDisk> found;
    for (const VolumeId& id : ids) {
      const auto disk = disks.find(id.str());
      const auto path = paths.find(id.str());
      if (disk == disks.end() && path == paths.end()) continue;
      found.push_back(
          {id, disk == disks.end() ? "" : disk->second, path == paths.end() ? "" : path->second});
    }
    co_return found;
  }
  std::map<std::string, std::string> disks; // object id by volume
  std::map<std::string, std::string> paths; // by volume
  std::optional<Error> error;
  std::vector<std::size_t> pages;
};

} // namespace syncer
