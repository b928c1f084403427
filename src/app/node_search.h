#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/task_group.h"
#include "app/vcenter_actor.h"

namespace syncer {

// Finds the vCenter that has a VM. All are asked at the same time, and the first that has it
// decides: one that does not answer delays only the nodes that no other one has.
class NodeSearch {
 public:
  using Actors = std::vector<std::unique_ptr<VCenterActor>>;

  // All must outlive this object.
  NodeSearch(asio::any_io_executor executor, TaskGroup& tasks, const Actors& actors)
      : executor_(std::move(executor)), tasks_(tasks), actors_(actors) {}

  // Null: every vCenter answered, and none has it.
  asio::awaitable<Outcome<VCenterActor*>> find(std::string uuid);

 private:
  struct Search;
  static asio::awaitable<void> ask(VCenterActor& where, std::shared_ptr<Search> search,
                                   std::string uuid);

  asio::any_io_executor executor_;
  TaskGroup& tasks_;
  const Actors& actors_;
};

} // namespace syncer
