#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "cns/backing_disks.h"
#include "operators/cr_writer.h"

namespace syncer {

inline constexpr const char* kBackingDiskNote = "cns.vmware.com/pv-to-backingdiskobjectid-mapping";

// A claim bound to a PV of a volume.
struct MappedClaim {
  ObjectKey key;
  Uid uid;
  std::uint64_t version = 0; // 0: not known
  Uid pv_uid;
};

// "<uid of the PV>:<object id of its disk>"; empty when one of them is not known.
std::string backing_disk_pair(const Uid& pv, const std::string& object_id);
// Writes the pair into the claim's annotation. Without a pair an annotation that is there becomes
// empty and none is made.
void note_backing_disk(nlohmann::json& claim, const std::string& pair);

// Tells backup programs, once per interval, by an annotation of each claim which disk of one
// vCenter serves it. A claim that cannot be written stops no other one; one that says the right
// thing and did not change since is not even read.
class BackingDiskMapper {
 public:
  struct Deps {
    CrDeps cr;
    BackingDisks& disks;
    std::function<bool()> ready; // the cluster is known
    std::function<std::vector<VolumeId>()> volumes;
    std::function<std::vector<MappedClaim>(const VolumeId&)> claims;
  };

  BackingDiskMapper(Deps deps, Clock::duration interval);

  // Until cancelled.
  asio::awaitable<void> run();

 private:
  struct Known {
    std::string pair;
    std::uint64_t version = 0; // of the claim that was seen to say so
    std::uint64_t pass = 0;    // in which it was seen last
  };
  struct Tally {
    std::size_t written = 0;
    std::size_t failed = 0;
    std::size_t silent = 0; // failures in a row that are not about the claim
    std::string first_problem;
  };

  asio::awaitable<void> pass();
  asio::awaitable<bool> annotate(MappedClaim claim, std::string pair, Tally& tally);
  void tell(const std::string& problem);

  Deps deps_;
  Clock::duration interval_;
  std::unordered_map<ObjectKey, Known> known_; // claims of the last pass
  std::uint64_t pass_ = 0;
  std::string told_; // the last problem: said once, not in every pass
};

} // namespace syncer
