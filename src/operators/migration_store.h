// PORT of operators: which CNS volume an in-tree path was registered as.
#pragma once

#include <optional>
#include <vector>

#include "core/kube_objects.h"
#include "core/outcome.h"

namespace syncer {

struct MigrationRecord {
  VolumeId id;
  InternedString path; // exactly as the PV or pod writes it
  bool protect = false;
  std::int64_t created = 0; // seconds since 1970; 0: not known
};

// The CnsVSphereVolumeMigration objects, shared with the CSI controller.
class MigrationStore {
 public:
  virtual ~MigrationStore() = default;
  // The first list is complete. Until then no answer below means anything.
  virtual bool synced() const = 0;
  virtual std::optional<VolumeId> find(const InternedString& path) const = 0;
  // Several spellings of a path may lead to one volume.
  virtual std::vector<InternedString> paths_of(const VolumeId& id) const = 0;
  virtual std::vector<MigrationRecord> all() const = 0;
  // One that exists is success. From then on `find` knows the path.
  virtual asio::awaitable<Outcome<>> put(MigrationRecord record) = 0;
  // One that does not exist is success.
  virtual asio::awaitable<Outcome<>> remove(VolumeId id) = 0;
};

} // namespace syncer
