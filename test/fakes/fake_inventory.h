#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cns/vcenter_inventory.h"
#include "fakes/fake_clock.h"

namespace syncer {

// A vCenter's inventory as a test sets it up.
class FakeInventory final : public VcenterInventory {
 public:
  explicit FakeInventory(Clock& clock) : clock_(clock) {}

  const std::string& host() const override { return host_; }
  asio::awaitable<Outcome<std::vector<DatastorePlace>>> datastores(std::string name) override {
    ++datastore_reads;
    const std::optional<Error> failure = error;
    std::vector<DatastorePlace> found;
    for (const DatastorePlace& place : places) {
      if (place.name == name) found.push_back(place);
    }
    co_await clock_.sleep_until(clock_.now() + read_time);
    if (failure) co_return *failure;
    co_return found;
  }
  asio::awaitable<Outcome<std::string>> policy_id(std::string name) override {
    ++policy_reads;
    const std::optional<Error> failure = error;
    const auto found = policies.find(name);
    const bool known = found != policies.end();
    std::string id = known ? found->second : std::string();
    co_await clock_.sleep_until(clock_.now() + read_time);
    if (failure) co_return *failure;
    if (!known) co_return Error{ErrorKind::kNotFound, "no such policy"};
    co_return id;
  }
  bool protects_from_vm_delete() const override { return protects; }
  bool registers_by_url() const override { return knows_urls; }

  // A datastore directly in a datacenter; `path` as stored: "/DC0".
  void add(const std::string& name, const std::string& path) {
    places.push_back({name, path, path.substr(path.rfind('/') + 1)});
  }

  std::vector<DatastorePlace> places;
  std::map<std::string, std::string> policies; // name -> id
  bool protects = true;
  bool knows_urls = true;
  std::optional<Error> error; // what every read answers
  Clock::duration read_time{};
  std::size_t datastore_reads = 0;
  std::size_t policy_reads = 0;

 private:
  Clock& clock_;
  std::string host_ = "vc.example.com";
};

} // namespace syncer
