#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "main_files.h"
#include "main_settings.h"
#include "net/http_server.h"
#include "sim/kube_admin.h"
#include "sim/kube_server.h"
#include "sim/vcenter_server.h"

namespace syncer::sim {

// The whole other side: API server, vCenters and the interface that controls them. One thread.
//
//   GET  /sim/stats          {"kube": ..., "vcenter": ..., "vcenters": [...]}
//   /sim/kube/...            kube_admin.h
//   /sim/vcenter/...         SimVcenter::handle_admin of the first
//   /sim/vcenters/N/...      the same of the Nth, from 1
class SimWorld {
 public:
  // Makes the cluster and listens on all ports.
  static Outcome<std::unique_ptr<SimWorld>> create(asio::any_io_executor executor,
                                                   const SimSettings& settings,
                                                   const SimCredentials& credentials);

  SimAddresses addresses() const;

 private:
  SimWorld() = default;
  Outcome<> start_kube(const SimSettings& settings, const SimCredentials& credentials,
                       asio::any_io_executor executor);
  Outcome<> start_vcenter(const SimSettings& settings, const SimCredentials& credentials,
                          asio::any_io_executor executor, GeneratedWorld& generated);
  void start_controllers(const SimSettings& settings);
  Outcome<> start_admin(const SimSettings& settings, asio::any_io_executor executor);
  asio::awaitable<void> serve_admin(ServerExchange& exchange);
  HttpResponse answer(const HttpRequest& request);
  HttpResponse answer_vcenter(const HttpRequest& request);
  std::string lease_holder() const; // of vsphere-syncer; empty: nobody
  json stats();

  GeneratorOptions cluster_;
  std::vector<PoisonCase> poison_;
  std::unique_ptr<SimKube> kube_;
  std::vector<std::unique_ptr<SimVcenter>> vcenters_; // at least one
  std::unique_ptr<KubeControllers> controllers_;
  std::unique_ptr<KubeAdmin> kube_admin_;
  std::unique_ptr<HttpServer> admin_;
};

} // namespace syncer::sim
