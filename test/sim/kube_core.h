#pragma once

#include <boost/asio/steady_timer.hpp>
#include <list>
#include <memory>
#include <string>

#include "net/http_server.h"
#include "sim/kube_behaviour.h"
#include "sim/kube_request.h"
#include "sim/kube_stats.h"
#include "sim/kube_store.h"

namespace syncer::sim {

// One watch that is being served. It lives in the frame of its coroutine.
struct KubeWatcher {
  const KubeResource* resource = nullptr;
  KubeEncoding encoding = KubeEncoding::kJson;
  ServerExchange* exchange = nullptr;
  asio::steady_timer wake; // cancelled when there is something to do
  std::string injected;    // bytes to send as they are
  bool cut = false;
};

// The state that all requests share. Shared with the coroutines that serve them: they may outlive
// the SimKube by one turn of the event loop.
struct KubeCore {
  KubeStore store;
  KubeBehaviour behaviour;
  KubeStats stats;
  std::list<KubeWatcher*> watchers;

  void wake_watchers(const KubeResource* resource = nullptr); // null: all
  // Objects and watches of custom resources that lost their definition.
  void drop_undefined();
  void count(const KubeRequest& request, const HttpRequest& http, int status);
};

using KubeCorePtr = std::shared_ptr<KubeCore>;

// Answers one request, from authentication to the last byte.
asio::awaitable<void> serve_kube(KubeCorePtr core, ServerExchange& exchange);

// The parts of it. `request` lives in the frame of serve_kube.
asio::awaitable<void> serve_list(KubeCorePtr core, ServerExchange& exchange,
                                 const KubeRequest& request);
asio::awaitable<void> serve_watch(KubeCorePtr core, ServerExchange& exchange,
                                  const KubeRequest& request);
HttpResponse answer_get(const KubeStore& store, const KubeRequest& request);
HttpResponse answer_write(KubeStore& store, const KubeRequest& request);

// A stream that obeys KubeBehaviour::cut_next_stream_after.
class KubeStream {
 public:
  KubeStream(KubeCore& core, ServerExchange& exchange);
  // False: the peer is gone or the stream was cut.
  asio::awaitable<bool> send(std::string data);

 private:
  ServerExchange& exchange_;
  std::optional<std::size_t> left_;
};

} // namespace syncer::sim
