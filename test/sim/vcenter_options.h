#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/secret.h"
#include "sim/vcenter_faults.h"

namespace syncer::sim {

struct SimDatastore {
  std::string id; // moref
  std::string name;
  std::string url; // ds:///vmfs/volumes/<uuid>/
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
  std::string instance_uuid = "0a1f6aa5-8017-5373-91c0-122e70218746";
  std::vector<SimDatastore> datastores = {
      {"datastore-11", "sim-datastore", "ds:///vmfs/volumes/sim-datastore/"}};

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

  FaultPlace unknown_volume_place = FaultPlace::kSoapFault; // of an update
  bool keep_removed_for_a_read = false; // removed entities are shown once with delete=true
  bool unknown_removal_is_an_error = false;
};

} // namespace syncer::sim
