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

// The whole other side: API server, vCenter and the interface that controls them. One thread.
//
//   GET  /sim/stats      {"kube": ..., "vcenter": ...}
//   /sim/kube/...        kube_admin.h
//   /sim/vcenter/...     SimVcenter::handle_admin
class SimWorld {
 public:
  // Makes the cluster and listens on all three ports.
  static Outcome<std::unique_ptr<SimWorld>> create(asio::any_io_executor executor,
                                                   const SimSettings& settings,
                                                   const SimCredentials& credentials);

  SimAddresses addresses() const;

 private:
  SimWorld() = default;
  Outcome<> start_kube(const SimSettings& settings, const SimCredentials& credentials,
                       asio::any_io_executor executor);
  Outcome<> start_vcenter(const SimSettings& settings, const SimCredentials& credentials,
                          asio::any_io_executor executor);
  Outcome<> start_admin(const SimSettings& settings, asio::any_io_executor executor);
  asio::awaitable<void> serve_admin(ServerExchange& exchange);
  HttpResponse answer(const HttpRequest& request);

  std::string cluster_id_;
  std::size_t volumes_ = 0;
  std::unique_ptr<SimKube> kube_;
  std::unique_ptr<SimVcenter> vcenter_;
  std::unique_ptr<KubeAdmin> kube_admin_;
  std::unique_ptr<HttpServer> admin_;
};

} // namespace syncer::sim
