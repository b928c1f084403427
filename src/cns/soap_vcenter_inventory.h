#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cns/inventory.h"
#include "cns/pbm.h"
#include "cns/vcenter_inventory.h"
#include "cns/vcenter_session.h"

namespace syncer {

// Datastores and policies are asked for volume after volume: what one read showed is believed for a
// while. Nothing is read before somebody asks. Must outlive its calls.
class SoapVcenterInventory final : public VcenterInventory {
 public:
  // How long a datastore stays where it was seen.
  static constexpr std::chrono::seconds kTreeAge{30};
  // How long a policy that was found keeps its id, and how long a read that did not show it, or
  // failed, is not repeated.
  static constexpr std::chrono::minutes kPolicyAge{5};
  static constexpr std::chrono::seconds kPolicyMissAge{30};

  struct Deps {
    VcenterSession& session;
    Clock& clock;
  };
  struct Options {
    std::string host;
    Clock::duration budget = std::chrono::seconds(120); // of one read, all its pages together
  };

  SoapVcenterInventory(Deps deps, Options options) : deps_(deps), options_(std::move(options)) {}

  const std::string& host() const override { return options_.host; }
  asio::awaitable<Outcome<std::vector<DatastorePlace>>> datastores(std::string name) override;
  asio::awaitable<Outcome<std::string>> policy_id(std::string name) override;
  bool protects_from_vm_delete() const override;
  bool registers_by_url() const override;

 private:
  using Policies = std::vector<StoragePolicy>;
  struct PolicyRead {
    Outcome<Policies> policies;
    bool vanished = false; // one of them was deleted while they were read
  };

  asio::awaitable<Outcome<Done>> read_tree();
  asio::awaitable<void> refresh_policies();
  asio::awaitable<PolicyRead> read_policies();
  asio::awaitable<Outcome<SoapReply>> ask_pbm(const char* method, std::string body);

  Deps deps_;
  Options options_;
  std::optional<InventoryTree> tree_;
  Clock::time_point tree_read_;
  std::optional<Outcome<Policies>> policies_;
  Clock::time_point policies_read_;
};

} // namespace syncer
