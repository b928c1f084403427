#include "operators/cr_writer.h"

#include <nlohmann/json.hpp>

#include "net/url.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr int kConflicts = 5;

} // namespace

CrWriter::CrWriter(const CrDeps& deps, std::string kind, std::string collection)
    : client_(deps.client),
      clock_(deps.clock),
      leadership_(deps.leadership),
      kind_(std::move(kind)),
      collection_(std::move(collection)) {}

std::string CrWriter::object_path(const std::string& name) const {
  return collection_ + "/" + percent_encode(name);
}

asio::awaitable<KubeResult<HttpResponse>> CrWriter::send(std::string method, std::string path,
                                                         std::string body) {
  const auto deadline = clock_.now() + leadership_.write_budget();
  std::function<bool()> may_send = [this, deadline] {
    return leadership_.may_write(deadline - clock_.now());
  };
  std::string type = "application/json";
  auto answer = co_await client_.send(std::move(method), std::move(path), std::move(body),
                                      std::move(type), deadline, std::move(may_send));
  co_return answer;
}

asio::awaitable<Outcome<CrWriter::Created>> CrWriter::create(std::string name, std::string body) {
  std::string method = "POST";
  std::string path = collection_;
  auto answer = co_await send(std::move(method), std::move(path), std::move(body));
  if (answer) co_return Created::kNow;
  if (answer.failure.reason == "AlreadyExists") co_return Created::kExisted;
  co_return in_context("create " + kind_ + " " + name, std::move(answer.failure.error));
}

asio::awaitable<Outcome<std::string>> CrWriter::get(std::string name) {
  std::string accept = KubeClient::kAcceptJson;
  std::string path = object_path(name);
  const auto deadline = clock_.now() + leadership_.write_budget();
  auto answer = co_await client_.get(std::move(path), std::move(accept), deadline);
  if (answer) co_return std::move(answer.value->body);
  co_return in_context("get " + kind_ + " " + name, std::move(answer.failure.error));
}

asio::awaitable<Outcome<bool>> CrWriter::edit(std::string name, Change change) {
  Error lost;
  for (int conflicts = 0; conflicts < kConflicts; ++conflicts) {
    const Outcome<std::string> text = co_await get(name);
    if (!text) co_return text.error();
    const json before = json::parse(*text, nullptr, false);
    if (!before.is_object()) {
      lost.detail = "get " + kind_ + " " + name + ": the answer is no object";
      co_return lost;
    }
    json after = before;
    change(after);
    if (after == before) co_return false;
    std::string method = "PUT";
    std::string path = object_path(name);
    std::string body = after.dump(-1, ' ', false, json::error_handler_t::replace);
    auto answer = co_await send(std::move(method), std::move(path), std::move(body));
    if (answer) co_return true;
    lost = in_context("update " + kind_ + " " + name, std::move(answer.failure.error));
    if (lost.kind != ErrorKind::kStale) break;
  }
  co_return lost;
}

asio::awaitable<Outcome<>> CrWriter::remove(std::string name) {
  std::string method = "DELETE";
  std::string path = object_path(name);
  std::string body;
  auto answer = co_await send(std::move(method), std::move(path), std::move(body));
  if (answer || answer.failure.error.kind == ErrorKind::kNotFound) co_return Done{};
  co_return in_context("delete " + kind_ + " " + name, std::move(answer.failure.error));
}

} // namespace syncer
