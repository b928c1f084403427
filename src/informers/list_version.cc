#include "informers/list_version.h"

#include "informers/kube_decode.h"
#include "informers/kube_paths.h"
#include "informers/list_splitter.h"

namespace syncer {

namespace {

KubeResult<std::uint64_t> unreadable() {
  KubeResult<std::uint64_t> result;
  result.failure.error.detail = "the answer to a list of one object cannot be read";
  return result;
}

} // namespace

asio::awaitable<KubeResult<std::uint64_t>> read_list_version(KubeClient& client, Resource resource,
                                                             Clock::time_point deadline) {
  // No resourceVersion: never from the watch cache.
  std::string path = collection_path(resource) + "?limit=1&timeoutSeconds=10";
  std::string accept = KubeClient::kAcceptProtobuf;
  auto answer = co_await client.get(std::move(path), std::move(accept), deadline);
  KubeResult<std::uint64_t> result;
  if (!answer) {
    result.failure = std::move(answer.failure);
    co_return result;
  }
  const KubeFormat format =
      is_protobuf(answer.value->headers) ? KubeFormat::kProtobuf : KubeFormat::kJson;
  ListSplitter splitter(format);
  splitter.feed(answer.value->body);
  for (;;) {
    const auto part = splitter.next();
    if (!part || !*part) co_return unreadable();
    if ((*part)->kind != ListSplitter::Part::Kind::kMeta) continue;
    const auto meta = decode_list_meta(format, (*part)->bytes);
    if (!meta) co_return unreadable();
    result.value = version_number(meta->version);
    co_return result;
  }
}

} // namespace syncer
