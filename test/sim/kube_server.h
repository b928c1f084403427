// The API server simulator: objects, list and watch in protobuf or JSON, and misbehaviour on
// command. It shares nothing with the code it is used to check.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/outcome.h"
#include "net/http_server.h"
#include "sim/kube_behaviour.h"
#include "sim/kube_stats.h"
#include "sim/kube_store.h"

namespace syncer::sim {

using json = nlohmann::json;

struct KubeCore;

struct SimKubeOptions {
  std::uint16_t port = 0; // 0: any free one
  bool tls = true;
  std::string cert_pem;
  Secret key_pem;
  std::string client_ca_pem; // not empty: client certificates are asked for
};

// An API server that comes back with another etcd.
struct KubeRebirth {
  bool version_starts_over = false; // else it goes on above every version there was
  bool definitions = false;         // custom resources are defined again
  std::string cluster_uid;          // of kube-system; empty: as before
};

// All methods are called on the thread of the executor. `resource` is a plural: "pods".
class SimKube {
 public:
  // Listens at once, with the namespaces that every cluster has.
  static Outcome<std::unique_ptr<SimKube>> start(asio::any_io_executor executor,
                                                 SimKubeOptions options);
  ~SimKube();
  SimKube(const SimKube&) = delete;
  SimKube& operator=(const SimKube&) = delete;

  std::uint16_t port() const { return port_; }
  KubeBehaviour& behaviour();
  KubeStore& store();
  KubeStats& stats();
  std::size_t watches(const std::string& resource) const; // open ones
  // Calls, versions, object counts and open watches.
  json report() const;

  // Objects. `put` creates or replaces without any check and fills uid and creationTimestamp.
  void put(const std::string& resource, json object);
  std::optional<json> get(const std::string& resource, const std::string& ns,
                          const std::string& name) const;
  // False if there is no such object.
  bool edit(const std::string& resource, const std::string& ns, const std::string& name,
            const std::function<void(json&)>& change);
  bool remove(const std::string& resource, const std::string& ns, const std::string& name);
  // No value: the label goes.
  bool set_label(const std::string& resource, const std::string& ns, const std::string& name,
                 const std::string& key, const std::optional<std::string>& value);
  // Ends a pod and starts its copy, under another name and uid, on another node.
  bool move_pod(const std::string& ns, const std::string& name, const std::string& new_name,
                const std::string& node);
  // Every object of a resource, bulky filler left out, in order of namespace and name.
  json snapshot(const std::string& resource) const;

  // Custom resources. All are defined at the start; without its definition one is not served and
  // its objects are gone. A definition may also come and go by the API.
  void define(const std::string& resource);
  void undefine(const std::string& resource);

  // Misbehaviour.
  void down();    // connections are cut and new ones refused
  Outcome<> up(); // listens again on the same port
  void cut_connections();
  void cut_watches();  // resets them all
  void wake_watches(); // after a change of hold_initial_bookmark or frozen_watches
  void compact();      // no watch or page can start from an older version than the present one
  void restart();      // connections cut, history forgotten
  KubeStore::Saved save() const;
  void restore(const KubeStore::Saved& saved); // like etcd from a backup: connections cut
  // Connections cut, all objects and history gone but the namespaces that every cluster has.
  void come_back_empty(const KubeRebirth& rebirth);
  // Into all watches of the resource. The object's name may be empty: nobody can tell whose it is.
  void inject_broken_object(const std::string& resource, const std::string& ns,
                            const std::string& name);
  void inject_broken_framing(const std::string& resource);
  // An ERROR event with such a Status; the watches stay open.
  void inject_error(const std::string& resource, int code, const std::string& reason,
                    const std::string& message);
  void inject_bytes(const std::string& resource, const std::string& bytes);

 private:
  SimKube(asio::any_io_executor executor, SimKubeOptions options);
  Outcome<> listen();
  void put_first_objects(const std::string& cluster_uid, bool definitions);

  asio::any_io_executor executor_;
  SimKubeOptions options_;
  std::shared_ptr<KubeCore> core_;
  std::unique_ptr<HttpServer> server_;
  std::uint16_t port_ = 0;
};

} // namespace syncer::sim
