#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"
#include "sim/kube_object.h"
#include "sim/kube_request.h"
#include "sim/kube_status.h"
#include "sim/kube_store.h"

namespace syncer::sim {

std::string_view content_type(KubeEncoding encoding);
std::string_view watch_content_type(KubeEncoding encoding);

// One object as the whole body of an answer.
std::string encode_object(const KubeResource& resource, const KubeObject& object,
                          KubeEncoding encoding);

HttpResponse object_response(int status, const KubeResource& resource, const KubeObject& object,
                             KubeEncoding encoding);
HttpResponse status_response(const KubeStatus& status, KubeEncoding encoding);
HttpResponse json_response(int status, const json& body);

// A list, written in pieces: head, then every item in turn (`first` for the first), then tail.
struct ListMeta {
  std::uint64_t version = 0;
  std::string next; // continue token
  std::optional<std::uint64_t> remaining;
};
class ListEncoder {
 public:
  ListEncoder(const KubeResource& resource, KubeEncoding encoding, ListMeta meta,
              const std::vector<KubeObjectPtr>& items);
  std::string head() const { return head_; }
  void append_item(std::string& out, const KubeObject& object);
  std::string tail() const { return tail_; }

 private:
  KubeEncoding encoding_;
  std::string head_;
  std::string tail_;
  bool first_ = true;
};

// Watch frames.
void append_event(std::string& out, const KubeResource& resource, ChangeType type,
                  const KubeObject& object, KubeEncoding encoding);
std::string bookmark_frame(const KubeResource& resource, std::uint64_t version,
                           bool initial_events_end, KubeEncoding encoding);
std::string error_frame(const KubeStatus& status, KubeEncoding encoding);
// Good framing around something that is no object of the resource. With a name it says whose it
// was meant to be: metadata decodes, the spec does not.
std::string broken_object_frame(const KubeResource& resource, std::uint64_t version,
                                const std::string& ns, const std::string& name,
                                KubeEncoding encoding);
// Bytes after which a reader cannot find the next frame.
std::string broken_framing(KubeEncoding encoding);

} // namespace syncer::sim
