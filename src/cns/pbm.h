// Storage policies at /pbm: requests and their answers. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cns/soap.h"

namespace syncer {

inline constexpr std::string_view kPbmNamespace = "urn:pbm";
// Whatever version vCenter has: the two calls have not changed since.
inline constexpr const char* kPbmAction = "urn:pbm/2.0";

struct StoragePolicy {
  std::string name;
  std::string id;
};

// The ids of all policies that can be assigned to a disk.
std::string pbm_query_request();
std::vector<std::string> read_pbm_ids(const SoapAnswer& answer);
// `ids` must not be empty: the server refuses that.
std::string pbm_retrieve_request(const std::vector<std::string>& ids);
std::vector<StoragePolicy> read_pbm_policies(const SoapAnswer& answer);

} // namespace syncer
