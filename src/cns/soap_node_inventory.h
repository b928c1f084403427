#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cns/node_inventory.h"
#include "cns/soap.h"
#include "cns/tag_reader.h"
#include "cns/vcenter_session.h"

namespace syncer {

// VMs over SOAP, tags over REST, which nobody logs in to before a VM was found. Must outlive its
// calls.
class SoapNodeInventory final : public NodeInventory {
 public:
  struct Deps {
    VcenterSession& session;
    TagReader& tags;
    Clock& clock;
  };
  struct Options {
    std::string host;
    Clock::duration budget = std::chrono::seconds(30); // of one call
  };

  SoapNodeInventory(Deps deps, Options options) : deps_(deps), options_(std::move(options)) {}

  asio::awaitable<Outcome<bool>> has_vm(std::string uuid) override;
  asio::awaitable<Outcome<std::vector<ObjectTags>>> tags_above_vm(std::string uuid) override;

 private:
  asio::awaitable<Outcome<std::optional<ManagedRef>>> find_vm(std::string uuid);
  asio::awaitable<Outcome<ManagedRef>> find_by(std::string uuid, bool instance);

  Deps deps_;
  Options options_;
};

} // namespace syncer
