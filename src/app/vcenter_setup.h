#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "app/settings.h"
#include "cns/soap_cns_api.h"
#include "config/cluster_identity.h"
#include "config/vsphere_config.h"
#include "net/http.h"

namespace syncer {

// The connection to one vCenter. kRejected: it cannot be described (a CA file that is none).
Outcome<std::unique_ptr<HttpClient>> make_vcenter_client(asio::any_io_executor executor,
                                                         const VCenterConfig& vcenter);

// Whether that would be possible for all of them, without contacting anybody.
Outcome<> check_connections(const asio::any_io_executor& executor, const VSphereConfig& config);

// How to speak to its CNS, as whom and for which cluster.
CnsOptions cns_options(const VCenterConfig& vcenter, const ClusterIdentity& identity,
                       const Settings& settings);

} // namespace syncer
