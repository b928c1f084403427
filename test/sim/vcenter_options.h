#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/secret.h"
#include "sim/vcenter_faults.h"

namespace syncer::sim {

// The inventory. Names are as people write them; the server stores `%`, `/` and `\` as `%25`, `%2f`
// and `%5c`. An empty `id` (a moref) is drawn by the server. Folders that do not exist are made.
struct SimDatacenter {
  std::string id = {};
  std::string name;
  std::vector<std::string> folders = {}; // from below the root folder down to it
};

struct SimDatastore {
  std::string id = {};
  std::string name;                      // unique in its datacenter only
  std::string url;                       // ds:///vmfs/volumes/<uuid>/
  std::string datacenter = {};           // id of a SimDatacenter; empty: the first one
  std::vector<std::string> folders = {}; // below the datacenter's datastore folder
  std::string pod = {};                  // of the datastore cluster it is in; empty: none
};

struct SimHost {
  std::string id = {};
  std::string name;
  std::string cluster;         // made if it does not exist in that datacenter
  std::string datacenter = {}; // as above
};

struct SimVm {
  std::string id = {};
  std::string name;
  std::string uuid; // of the BIOS, lower case
  std::string instance_uuid = {};
  std::string datacenter = {}; // as above
  std::string host = {};       // id; empty: it runs nowhere
};

struct SimProfile {
  std::string id;
  std::string name;                     // unique in its category only
  std::string category = "REQUIREMENT"; // or RESOURCE, DATA_SERVICE_POLICY
};

struct SimVcenterOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0; // 0: any free one
  bool tls = true;
  std::string cert_pem;
  Secret key_pem;

  std::string user = "Administrator@vsphere.local";
  std::string password = "vc-pass";
  int lockout_after = 0; // wrong passwords in a row; 0: never
  std::chrono::nanoseconds session_idle = std::chrono::minutes(30);

  std::string about_version = "8.0.2";
  std::string api_version = "8.0.2.0";
  std::string vsan_version;        // empty: the one that belongs to api_version
  bool serve_vsan_versions = true; // false: 404 for vsanServiceVersions.xml
  // Two vCenters must not have the same one: ids of tasks and volumes follow from it. Empty: drawn.
  std::string instance_uuid;
  std::vector<SimDatacenter> datacenters = {{"datacenter-2", "DC0"}};
  std::vector<SimDatastore> datastores = {
      {"datastore-11", "sim-datastore", "ds:///vmfs/volumes/sim-datastore/"}};
  std::vector<SimHost> esx_hosts;
  std::vector<SimVm> vms;
  // Where tags are served: below /api (7.0U2 and newer) and below /rest.
  bool serve_api = true;
  bool serve_rest = true;
  std::vector<SimProfile> profiles = {
      {"aa6d5a82-1c88-45da-85d3-3d74b91a5bad", "vSAN Default Storage Policy"}};
  // Names in a backingDiskUrlPath that mean this server, beside its address and localhost.
  std::vector<std::string> hosts;

  std::chrono::nanoseconds task_time = std::chrono::milliseconds(2);
  std::chrono::nanoseconds task_queue_time{0}; // in state queued before it runs
  std::chrono::nanoseconds task_life = std::chrono::minutes(10);
  std::size_t max_finished_tasks = 100'000;
  // Length of one second of maxWaitSeconds.
  std::chrono::nanoseconds wait_second = std::chrono::seconds(1);
  // WaitForUpdatesEx without a version and with nothing to tell: true answers an empty UpdateSet at
  // once, false waits. Clients may depend on neither.
  bool first_wait_returns_at_once = false;
  std::size_t max_object_updates = 100;
  std::size_t retrieve_page = 0; // objects per RetrievePropertiesEx the server decides; 0: all

  // Asked at each call that changes CNS: who leads the clients now. Empty: nobody knows.
  std::function<std::string()> lease_holder;

  bool black_hole = false; // from the start: requests are taken and never answered

  bool keep_removed_for_a_read = false; // removed entities are shown once with delete=true
  bool unknown_removal_is_an_error = false;

  // These may change while it runs.
  FaultPlace unknown_volume_place = FaultPlace::kSoapFault;   // of an update
  FaultPlace unknown_delete_place = FaultPlace::kResultEntry; // of a delete
  // For both: NotFound, CnsVolumeNotFoundFault...
  std::string unknown_volume_fault = "NotFound";
  // A disk that exists and is no CNS volume: an update gives CnsNotRegisteredFault instead.
  bool not_registered_fault = false;
  // CnsAlreadyRegisteredFault with the volume's id. Before 7.2 it is a bare CnsFault anyway.
  bool already_registered_with_id = true;
  FaultPlace create_fault_place = FaultPlace::kResultEntry; // registered already, or no backing
};

} // namespace syncer::sim
