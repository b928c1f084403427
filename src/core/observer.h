#pragma once

#include <chrono>
#include <string_view>

#include "core/cns_objects.h"

namespace syncer {

// What the rooms report; the metrics room turns it into Prometheus series. Labels come from closed
// sets only (never a volume, namespace or error text). All methods do nothing by default.
class Observer {
 public:
  using Seconds = std::chrono::duration<double>;
  virtual ~Observer() = default;

  // kube. `code` is the HTTP status, or <error> when no answer came; of a stream `took` ends with
  // the head of the answer. `host` is that of the API server.
  virtual void kube_request(std::string_view /*method*/, std::string_view /*host*/,
                            std::string_view /*code*/, Seconds /*took*/) {}

  // informers. `resource` is persistentvolumes, persistentvolumeclaims or pods.
  virtual void informer_synced(std::string_view /*resource*/, bool /*synced*/) {}
  virtual void informer_objects(std::string_view /*resource*/, std::size_t /*count*/) {}
  // `reason`: closed, expired, error, idle, undecodable, backwards, throttled
  virtual void watch_restarted(std::string_view /*resource*/, std::string_view /*reason*/) {}
  virtual void relisted(std::string_view /*resource*/, Seconds /*took*/) {}
  virtual void watch_event(std::string_view /*resource*/) {} // any event or bookmark
  virtual void decode_failed(std::string_view /*resource*/) {}
  virtual void event_ignored(std::string_view /*resource*/) {} // nothing that we send changed

  // cns. `operation` is the SOAP method or the call about tags, `result` is ok or an ErrorKind's
  // name.
  virtual void cns_call(std::string_view /*operation*/, std::string_view /*result*/,
                        Seconds /*took*/) {}
  // One operation of CNS with login and task: create-volume, delete-volume, update-volume-metadata,
  // query-volume, query-all-volume.
  virtual void cns_operation(std::string_view /*operation*/, bool /*passed*/, Seconds /*took*/) {}
  virtual void cns_session(bool /*established*/) {}
  virtual void cns_login(std::string_view /*result*/) {}

  // reconcile
  // `seconds` from the moment the change was read from the API server to CNS's acknowledgement.
  virtual void change_acknowledged(EntityKind /*kind*/, Seconds /*seconds*/) {}
  // `result`: acknowledged, refused, unknown
  virtual void update_finished(std::string_view /*result*/) {}
  // `idle`: nothing differed.
  virtual void full_sync_finished(std::string_view /*result*/, Seconds /*took*/, bool /*idle*/) {}
  // A volume was taken from the queue in which it had been ready for `waited`, and left the hands
  // of the worker after `took`.
  virtual void queue_waited(Seconds /*waited*/) {}
  virtual void queue_worked(Seconds /*took*/) {}
};

} // namespace syncer
