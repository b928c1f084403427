#pragma once

#include <map>
#include <string>

#include "net/http.h"
#include "sim/kube_controllers.h"
#include "sim/kube_server.h"

namespace syncer::sim {

// SimKube by JSON, for everything below /sim/kube/.
//
//   GET  stats                 SimKube::report
//   GET  requests              the last calls: [{"verb","resource","status","target"}]
//   GET  objects?resource=R    SimKube::snapshot
//   POST controllers/tick      KubeControllers::tick, and its answer; 404 without controllers
//   POST NAME {arguments}      the commands in the table of kube_admin.cc; each answers {}
//
// 404 for an unknown command, 400 for arguments that do not fit.
class KubeAdmin {
 public:
  explicit KubeAdmin(SimKube& kube) : kube_(kube), usual_(kube.behaviour()) {}

  HttpResponse handle(const HttpRequest& request);
  // They must live as long as this does.
  void use(KubeControllers& controllers) { controllers_ = &controllers; }

 private:
  using Command = void (KubeAdmin::*)(const json&);
  static Command find(const std::string& name);
  HttpResponse query(const std::string& name, const std::string& target);

  void down(const json&) { kube_.down(); }
  void up(const json&);
  void restart(const json&) { kube_.restart(); }
  void cut_connections(const json&) { kube_.cut_connections(); }
  void cut_watches(const json&) { kube_.cut_watches(); }
  void compact(const json&) { kube_.compact(); }
  void save(const json& arguments);
  void restore(const json& arguments);
  void restart_empty(const json& arguments);
  void other_cluster(const json& arguments);
  void behaviour(const json& arguments);
  void calm(const json&);
  void answer(const json& arguments);
  void inject(const json& arguments);
  void label(const json& arguments);
  void put(const json& arguments);
  void remove(const json& arguments);
  void define(const json& arguments);
  void undefine(const json& arguments);
  void move_pod(const json& arguments);
  void clear_stats(const json&) { kube_.stats().clear(); }

  SimKube& kube_;
  KubeControllers* controllers_ = nullptr; // null: nobody does their work
  KubeBehaviour usual_;
  std::map<std::string, KubeStore::Saved> saved_; // by name
};

} // namespace syncer::sim
