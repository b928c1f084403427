#include "app/node_search.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>

namespace syncer {

struct NodeSearch::Search {
  Search(const asio::any_io_executor& executor, std::size_t asked)
      : open(asked), ended(executor, asked) {}
  std::size_t open;
  VCenterActor* found = nullptr;
  std::optional<Error> failed;
  asio::experimental::channel<void(boost::system::error_code)> ended;
};

asio::awaitable<Outcome<VCenterActor*>> NodeSearch::find(std::string uuid) {
  // Shared with the questions: those of other vCenters may outlive the answer.
  const auto search = std::make_shared<Search>(executor_, actors_.size());
  for (const auto& actor : actors_) tasks_.spawn(ask(*actor, search, uuid));
  while (search->open > 0 && search->found == nullptr) {
    co_await search->ended.async_receive(asio::as_tuple(asio::use_awaitable));
  }
  if (search->found == nullptr && search->failed) co_return *search->failed;
  co_return search->found;
}

asio::awaitable<void> NodeSearch::ask(VCenterActor& where, std::shared_ptr<Search> search,
                                      std::string uuid) {
  const Outcome<bool> has = co_await where.cns().nodes().has_vm(std::move(uuid));
  --search->open;
  if (!has) {
    search->failed = has.error();
  } else if (*has) {
    search->found = &where;
  }
  search->ended.try_send(boost::system::error_code());
}

} // namespace syncer
