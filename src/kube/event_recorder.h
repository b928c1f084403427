#pragma once

#include <spdlog/logger.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/events.h"
#include "core/random.h"
#include "kube/kube_client.h"
#include "kube/recent_map.h"

namespace syncer {

// EventSink as core/v1 Events of the API server, in the object's namespace (`default` for a PV).
// The same event again within 10 minutes raises the count of the first one. An object gets 25
// events at once and then one per 5 s; what is above that, and what does not fit into the queue, is
// dropped and counted. Nothing ever waits for a delivery.
class EventRecorder final : public EventSink {
 public:
  static constexpr std::size_t kQueue = 256;
  static constexpr std::size_t kRemembered = 4096; // events and objects each
  static constexpr std::size_t kMaxReason = 128;   // bytes
  static constexpr std::size_t kMaxMessage = 1024; // bytes

  struct Deps {
    asio::any_io_executor executor;
    KubeClient& client;
    Clock& clock;
    spdlog::logger& log;
    Random random;
  };
  struct Counts {
    std::uint64_t sent = 0;    // requests that the API server accepted
    std::uint64_t folded = 0;  // repeats
    std::uint64_t limited = 0; // dropped: too many about one object
    std::uint64_t dropped = 0; // dropped: the queue was full
    std::uint64_t failed = 0;  // dropped: refused, or failed too often
    std::uint64_t evicted = 0; // remembered events and objects that made room
  };

  explicit EventRecorder(Deps deps);
  void normal(const EventTarget& about, std::string_view reason, std::string_view message) override;
  void warning(const EventTarget& about, std::string_view reason,
               std::string_view message) override;

  // Delivers until cancelled.
  asio::awaitable<void> run();

  Counts counts() const;

 private:
  struct Entry {
    EventTarget about;
    const char* type = "";
    std::string reason;
    std::string message;
    std::string name; // of the Event object; empty until it is delivered
    std::uint32_t count = 1;
    bool queued = false; // or on its way
    Clock::time_point last;
    std::chrono::system_clock::time_point first_wall;
    std::chrono::system_clock::time_point last_wall;
  };
  struct Bucket {
    double tokens = 0;
    Clock::time_point at;
  };

  void record(const EventTarget& about, const char* type, std::string_view reason,
              std::string_view message);
  bool take_token(const std::string& object);
  bool enqueue(const std::string& key, Entry& entry);
  asio::awaitable<void> deliver(std::string key);
  asio::awaitable<KubeResult<HttpResponse>> create(const Entry& entry, const std::string& name);
  asio::awaitable<KubeResult<HttpResponse>> update(const Entry& entry);
  asio::awaitable<KubeResult<HttpResponse>> send(std::string method, std::string path,
                                                 std::string body, std::string type);
  // Whether to try once more; if not, the event is forgotten.
  bool again(const std::string& key, const KubeFailure& failure, std::uint32_t attempt);
  void log_failure(const KubeFailure& failure);
  std::string new_name(const Entry& entry);

  Deps deps_;
  RecentMap<Entry> entries_;
  RecentMap<Bucket> buckets_;
  std::deque<std::string> queue_; // keys of entries
  Counts counts_;
  std::uint64_t names_ = 0;
  std::map<std::string, Clock::time_point> logged_; // by kind of failure, of which there are few
  asio::experimental::channel<void(boost::system::error_code)> wake_;
};

} // namespace syncer
