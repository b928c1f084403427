// PORT of operators: which vCenter holds a volume, when there are several.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/kube_objects.h"
#include "core/outcome.h"

namespace syncer {

struct VolumeInfo {
  VolumeId id;
  std::string vcenter; // host as configured
};

// The CNSVolumeInfo objects, shared with the CSI controller.
class VolumeInfoStore {
 public:
  virtual ~VolumeInfoStore() = default;
  // The first list is complete. Until then no answer below means anything.
  virtual bool synced() const = 0;
  virtual std::optional<std::string> find(const VolumeId& id) const = 0;
  virtual std::vector<VolumeInfo> all() const = 0;
  // One that exists is success. From then on `find` knows the volume.
  virtual asio::awaitable<Outcome<>> put(VolumeInfo info) = 0;
  // One that does not exist is success.
  virtual asio::awaitable<Outcome<>> remove(VolumeId id) = 0;
};

} // namespace syncer
