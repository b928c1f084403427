// Queries of CNS and the results of its methods: plain structs to XML and back. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cns/backing_disks.h"
#include "cns/soap.h"
#include "core/cns_objects.h"

namespace syncer {

inline constexpr std::string_view kVsanNamespace = "urn:vsan";

// A request to the one CnsVolumeManager, opened.
SoapWriter cns_request(std::string_view method);

// Selection left empty on purpose: only the ids come back.
std::string query_all_ids_request(std::string_view cluster_id);
std::string query_async_request(const std::vector<VolumeId>& ids);
std::string query_disks_request(const std::vector<VolumeId>& ids, std::string_view cluster_id);

// Where a paged scan stands. The first page starts at 0.
struct CnsCursor {
  long long offset = 0;
  long long limit = 0;
  long long total = -1; // unknown until the first answer, and on servers that do not page
};

// One page of CnsQueryVolume: of `ids`, or of the whole cluster when there are none.
std::string query_page_request(const std::vector<VolumeId>& ids, std::string_view cluster_id,
                               const CnsCursor& cursor);

// The ids in a CnsQueryResult. A volume that comes with metadata naming only other clusters is left
// out: some servers ignore the filter.
std::vector<VolumeId> read_ids(pugi::xml_node query_result, std::string_view cluster_id);
// `distribution` is what our container cluster should say; empty when nobody cares, or the server
// keeps none.
std::vector<CnsVolume> read_volumes(pugi::xml_node query_result, std::string_view cluster_id,
                                    std::string_view distribution = std::string_view());
// The disks of its block volumes.
std::vector<BackingDisk> read_disks(pugi::xml_node query_result);
CnsCursor read_cursor(pugi::xml_node query_result);

// The next page to ask for after `asked` was answered with `cursor`; no value ends the scan.
// `fresh` is how many ids of that page were new: a server without paging repeats itself.
std::optional<CnsCursor> next_page(const CnsCursor& asked, const CnsCursor& cursor,
                                   std::size_t fresh);

// One entry of a CnsVolumeOperationBatchResult.
struct VolumeResult {
  std::string volume; // may be empty
  std::string name;   // of CnsCreateVolume; may be empty
  bool failed = false;
  SoapFault fault;
  pugi::xml_node query_result; // of CnsQueryAsync
};

std::vector<VolumeResult> read_batch(pugi::xml_node batch);

} // namespace syncer
