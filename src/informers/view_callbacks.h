#pragma once

#include <functional>

#include "core/kube_objects.h"
#include "informers/cluster_view.h"

namespace syncer {

// What the cluster's view tells those who live from it. None of them may write to the view.
struct ViewCallbacks {
  // Something changed that this volume's facts are made of: look at it again.
  std::function<void(const VolumeKey&, ChangeKind)> touched = [](const VolumeKey&, ChangeKind) {};
  // A PersistentVolume left the view; `last` is what was known just before, its claim and pods
  // included. `observed`: by a readable DELETED event of the watch for this very object, not
  // because a list lacks it or has another one of its name.
  std::function<void(const BoundVolume& last, bool observed)> on_deleted = [](const BoundVolume&,
                                                                              bool) {};
  // The first list of every resource is complete. Called once.
  std::function<void()> on_synced = [] {};
};

} // namespace syncer
