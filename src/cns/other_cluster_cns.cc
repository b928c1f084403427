#include "cns/other_cluster_cns.h"

namespace syncer {

namespace {

WriteResult not_ours(std::string_view what, std::string_view volume) {
  Error error;
  error.kind = ErrorKind::kRejected;
  error.unsent = true;
  error.detail = std::string(what) + " " + std::string(volume) +
                 ": not in the name of another cluster, only in ours";
  return refused(std::move(error), CnsFault::kNone);
}

} // namespace

asio::awaitable<Outcome<std::vector<VolumeId>>> OtherClusterCns::query_ids() {
  return queries_.ids();
}

asio::awaitable<Outcome<std::vector<CnsVolume>>> OtherClusterCns::query_volumes(
    std::vector<VolumeId> ids) {
  return queries_.volumes(std::move(ids));
}

asio::awaitable<WriteResult> OtherClusterCns::update(CnsUpdate update) {
  return writer_.update(std::move(update));
}

asio::awaitable<CreateResult> OtherClusterCns::create(CnsCreate create) {
  CreateResult result;
  result.write = not_ours("register", create.backing_id);
  co_return result;
}

asio::awaitable<WriteResult> OtherClusterCns::unregister(VolumeId id) {
  co_return not_ours("unregister", id.view());
}

} // namespace syncer
