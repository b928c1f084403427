#include "reconcile/in_tree_lookups.h"

#include <chrono>

namespace syncer {

namespace {

constexpr std::chrono::seconds kFoundFor{60};
constexpr std::chrono::seconds kMissingFor{5};
// Names come from PVs and pods, hence from anybody.
constexpr std::size_t kMost = 1000;

template <class Memory, class Value>
void remember(Memory& memory, const std::string& name, const Value& value,
              Clock::time_point until) {
  if (memory.size() >= kMost) memory.clear();
  memory[name] = {value, until};
}

} // namespace

asio::awaitable<Outcome<std::vector<DatastorePlace>>> InTreeLookups::datastores(std::string name) {
  const auto known = datastores_.find(name);
  if (known != datastores_.end() && clock_.now() < known->second.until) {
    co_return known->second.value;
  }
  Outcome<std::vector<DatastorePlace>> found = co_await inventory_.datastores(name);
  if (found) {
    remember(datastores_, name, *found, clock_.now() + (found->empty() ? kMissingFor : kFoundFor));
  }
  co_return found;
}

asio::awaitable<Outcome<std::string>> InTreeLookups::policy_id(std::string name) {
  const auto known = policies_.find(name);
  if (known != policies_.end() && clock_.now() < known->second.until) {
    co_return known->second.value;
  }
  Outcome<std::string> found = co_await inventory_.policy_id(name);
  if (found) remember(policies_, name, *found, clock_.now() + kFoundFor);
  co_return found;
}

} // namespace syncer
