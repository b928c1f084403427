#pragma once

#include <functional>
#include <string>
#include <unordered_map>

#include "operators/cr_writer.h"
#include "operators/volume_info_store.h"

namespace syncer {

// The name of a volume's CNSVolumeInfo object: its id, but names hold no colon.
std::string volume_info_name(const VolumeId& id);

// VolumeInfoStore over the CNSVolumeInfo objects of the CSI driver's namespace. As long as the API
// server does not know that resource, it is not synced and `put` fails with kNotFound.
class VolumeInfoCrStore final : public VolumeInfoStore, private ObjectSink {
 public:
  // What the API server says about this volume changed (ask `find`).
  using Changed = std::function<void(const VolumeId& id)>;

  VolumeInfoCrStore(const CrDeps& deps, std::string name_space, Changed changed);
  // Follows the objects until cancelled.
  asio::awaitable<void> run();

  bool synced() const override { return watch_.synced(); }
  std::optional<std::string> find(const VolumeId& id) const override;
  std::vector<VolumeInfo> all() const override;
  // When the object exists and names another vCenter, that one is what `find` gives: nobody may
  // change these objects.
  asio::awaitable<Outcome<>> put(VolumeInfo info) override;
  asio::awaitable<Outcome<>> remove(VolumeId id) override;

  const ObjectWatch& watch() const { return watch_; }

 private:
  Outcome<> put(const ObjectName& name, const nlohmann::json& object) override;
  void remove(const ObjectName& name) override;
  void listed() override;
  void store(const std::string& name, VolumeInfo info);
  void drop(const std::string& name);
  void tell(const VolumeId& id) const;

  std::string namespace_;
  Changed changed_;
  // By object name. Own writes are here before the watch shows them.
  std::unordered_map<std::string, VolumeInfo> objects_;
  std::unordered_map<VolumeId, std::string> names_;
  std::unordered_map<std::string, int> unconfirmed_; // own writes: lists that did not show them
  CrWriter writer_;
  ObjectWatch watch_;
};

} // namespace syncer
