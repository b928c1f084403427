#include "informers/quorum_reader.h"

#include <algorithm>

#include "informers/attachment_decode.h"
#include "informers/kube_paths.h"
#include "informers/list_splitter.h"
#include "net/url.h"

namespace syncer {

namespace {

constexpr std::chrono::seconds kGetBudget{10};
constexpr std::chrono::seconds kPageBudget{30};
constexpr std::size_t kMaxPages = 1000;
constexpr const char* kAttachments = "volumeattachments";

Error unreadable(std::string why) { return Error{ErrorKind::kTransient, std::move(why)}; }

} // namespace

asio::awaitable<Outcome<bool>> QuorumReader::volume_exists(std::string name) {
  const std::string what = "persistentvolume " + name;
  std::string path = object_path(Resource::kVolumes, "", name);
  std::string accept = KubeClient::kAcceptJson;
  const auto deadline = clock_.now() + kGetBudget;
  const auto answer = co_await client_.get(std::move(path), std::move(accept), deadline);
  if (answer) co_return true;
  const KubeFailure& failure = answer.failure;
  if (failure.http_status == 404 && failure.reason == "NotFound") co_return false;
  co_return in_context(what, failure.error);
}

asio::awaitable<Outcome<std::vector<std::string>>> QuorumReader::attached_volumes() {
  std::vector<std::string> names;
  std::string token;
  for (std::size_t pages = 0; pages < kMaxPages; ++pages) {
    auto page = co_await read_page(std::move(token));
    if (!page) co_return in_context(kAttachments, std::move(page).error());
    for (std::string& name : page->volumes) names.push_back(std::move(name));
    token = std::move(page->continue_token);
    if (!token.empty()) continue;
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    co_return names;
  }
  co_return in_context(kAttachments, unreadable("the list does not end"));
}

asio::awaitable<Outcome<QuorumReader::Page>> QuorumReader::read_page(std::string continue_token) {
  std::string path = std::string("/apis/storage.k8s.io/v1/") + kAttachments + "?limit=500";
  if (!continue_token.empty()) path += "&continue=" + percent_encode(continue_token);
  std::string accept = KubeClient::kAcceptProtobuf;
  const auto deadline = clock_.now() + kPageBudget;
  const auto answer = co_await client_.get(std::move(path), std::move(accept), deadline);
  if (!answer) co_return answer.failure.error;
  const bool protobuf = is_protobuf(answer.value->headers);
  const KubeFormat format = protobuf ? KubeFormat::kProtobuf : KubeFormat::kJson;
  ListSplitter splitter(format);
  splitter.feed(answer.value->body);
  Page page;
  bool has_meta = false;
  for (;;) {
    const auto part = splitter.next();
    if (!part) co_return unreadable(part.error().detail);
    if (!*part) break;
    if ((*part)->kind == ListSplitter::Part::Kind::kMeta) {
      auto meta = decode_list_meta(format, (*part)->bytes);
      if (!meta) co_return unreadable(meta.error().detail);
      has_meta = !meta->version.empty();
      page.continue_token = std::move(meta->continue_token);
      continue;
    }
    auto name = decode_attachment(format, (*part)->bytes);
    if (!name) co_return std::move(name).error();
    if (!name->empty()) page.volumes.push_back(std::move(*name));
  }
  if (!splitter.complete() || !has_meta) co_return unreadable("the answer is no complete list");
  co_return page;
}

} // namespace syncer
