#include "informers/side_reader.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "informers/kube_paths.h"
#include "informers/list_splitter.h"

namespace syncer {

namespace {

constexpr std::size_t kMaxNames = 1000;
constexpr std::chrono::seconds kReadBudget{10};
constexpr std::chrono::seconds kPause{5}; // after a read that failed

} // namespace

void SideReader::wake() { wake_.try_send(boost::system::error_code()); }

void SideReader::want_quorum() {
  quorum_.reset();
  quorum_wanted_ = true;
  wake();
}

void SideReader::want_object(std::string ns, std::string name) {
  if (names_.size() >= kMaxNames) return;
  names_.push_back(Name{std::move(ns), std::move(name)});
  wake();
}

asio::awaitable<void> SideReader::run(std::function<void()> on_quorum) {
  for (;;) {
    bool done = true;
    if (quorum_wanted_) {
      done = co_await read_quorum();
      if (done) on_quorum();
    } else if (!names_.empty()) {
      Name name = std::move(names_.front());
      names_.pop_front();
      Name again = name;
      done = co_await read_object(std::move(name));
      if (!done) want_object(std::move(again.ns), std::move(again.name));
    } else {
      co_await wake_.async_receive(asio::as_tuple(asio::use_awaitable));
    }
    if (!done) {
      const auto when = clock_.now() + kPause;
      co_await clock_.sleep_until(when);
    }
  }
}

asio::awaitable<bool> SideReader::read_quorum() {
  // No resourceVersion at all: the answer is at least as new as this moment.
  std::string path = collection_path(resource_) + "?limit=1";
  std::string accept = KubeClient::kAcceptProtobuf;
  const auto deadline = clock_.now() + kReadBudget;
  auto answer = co_await client_.get(std::move(path), std::move(accept), deadline);
  if (!answer) {
    log_.debug("quorum_read={} error=\"{}\"", name_of(resource_), answer.failure.error.detail);
    co_return false;
  }
  const bool protobuf = is_protobuf(answer.value->headers);
  const KubeFormat format = protobuf ? KubeFormat::kProtobuf : KubeFormat::kJson;
  ListSplitter splitter(format);
  splitter.feed(answer.value->body);
  for (;;) {
    const auto part = splitter.next();
    if (!part || !*part) co_return false;
    if ((*part)->kind != ListSplitter::Part::Kind::kMeta) continue;
    const auto meta = decode_list_meta(format, (*part)->bytes);
    if (!meta || meta->version.empty()) co_return false;
    quorum_ = version_number(meta->version);
    quorum_wanted_ = false;
    co_return true;
  }
}

asio::awaitable<bool> SideReader::read_object(Name name) {
  if (!cache_.is_marked(resource_, name.ns, name.name)) co_return true;
  std::string path = object_path(resource_, name.ns, name.name);
  std::string accept = KubeClient::kAcceptJson;
  const auto deadline = clock_.now() + kReadBudget;
  auto answer = co_await client_.get(std::move(path), std::move(accept), deadline);
  if (!answer) co_return answer.failure.error.kind != ErrorKind::kTransient;
  // A deletion seen meanwhile took the mark away; this answer must not bring the object back.
  if (!cache_.is_marked(resource_, name.ns, name.name)) co_return true;
  const bool protobuf = is_protobuf(answer.value->headers);
  DecodedObject decoded = decode_single(protobuf ? KubeFormat::kProtobuf : KubeFormat::kJson,
                                        resource_, answer.value->body);
  const bool same = decoded.ns == name.ns && decoded.name == name.name;
  if (decoded.broken() || !same) {
    log_.warn("object={} namespace={} name={} undecodable=\"{}\"", name_of(resource_), name.ns,
              name.name, decoded.problem);
    co_return true;
  }
  cache_.put(resource_, std::move(decoded));
  co_return true;
}

} // namespace syncer
