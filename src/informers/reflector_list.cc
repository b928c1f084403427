#include "informers/kube_paths.h"
#include "informers/reflector.h"
#include "net/url.h"

namespace syncer {

namespace {

constexpr std::chrono::seconds kListBudget{60};  // to the header of the answer
constexpr std::chrono::seconds kListSilence{30}; // inside its body
constexpr int kPageSize = 500;

} // namespace

std::string Reflector::list_path(const Step& step, bool limited,
                                 const std::string& continue_token) const {
  std::string path = collection_path(resource_);
  char separator = '?';
  const auto add = [&](const std::string& parameter) {
    path += separator + parameter;
    separator = '&';
  };
  if (limited) add("limit=" + std::to_string(kPageSize));
  // The server refuses a resourceVersion beside a continue token.
  if (!continue_token.empty()) {
    add("continue=" + percent_encode(continue_token));
  } else if (!step.version.empty()) {
    add("resourceVersion=" + percent_encode(step.version));
  }
  return path;
}

asio::awaitable<ReflectorFsm::Report> Reflector::list(Step step) {
  list_began_ = deps_.clock.now();
  bool limited = step.paged || step.probe_paging;
  ListMeta first;
  std::string token;
  for (;;) {
    const bool first_page = token.empty();
    std::string path = list_path(step, limited, token);
    ListMeta meta;
    const bool force = step.force;
    Report report = co_await read_list(std::move(path), first_page, force, meta);
    if (report.end == End::kExpired && !first_page) {
      // The pages took longer than the server keeps their version: once more, in one piece.
      limited = false;
      token.clear();
      continue;
    }
    if (report.end != End::kListed) co_return report;
    if (first_page) first = meta;
    token = meta.continue_token;
    if (token.empty()) break;
    // A watch cache would have ignored the limit.
    fsm_.paging_needed();
  }
  Report report;
  report.end = fsm_.listed(first.version) ? End::kListed : End::kBackwards;
  if (report.end == End::kListed) finish_list();
  co_return report;
}

asio::awaitable<ReflectorFsm::Report> Reflector::read_list(std::string path, bool first_page,
                                                           bool force, ListMeta& meta) {
  Report report;
  std::string accept = KubeClient::kAcceptProtobuf;
  const auto open_by = deps_.clock.now() + kListBudget;
  auto opened = co_await deps_.client.open_stream(std::move(path), std::move(accept), open_by);
  if (!opened) co_return report_of(opened.failure, ReflectorFsm::Action::kList);
  KubeStream& stream = **opened.value;
  fsm_.opened(deps_.clock.now());
  if (first_page) {
    const auto other = co_await other_cluster();
    if (!other) co_return report_of(other.failure, ReflectorFsm::Action::kList);
    deps_.cache.begin_list(resource_, force || *other.value);
  }
  const KubeFormat format =
      is_protobuf(stream.headers()) ? KubeFormat::kProtobuf : KubeFormat::kJson;
  ListSplitter splitter(format);
  for (;;) {
    const auto deadline = deps_.clock.now() + kListSilence;
    auto bytes = co_await stream.read_some(deadline);
    // Cut: what came stays, marked as seen in a list that is begun again.
    report.end = End::kClosed;
    if (!bytes || (bytes->empty() && !splitter.complete())) co_return report;
    if (bytes->empty()) break;
    last_event_ = deps_.clock.now();
    splitter.feed(*bytes);
    report.end = End::kUndecodable;
    for (;;) {
      const auto part = splitter.next();
      if (!part) co_return report;
      if (!*part) break;
      if ((*part)->kind == ListSplitter::Part::Kind::kItem) {
        put(decode_item(format, resource_, (*part)->bytes));
        continue;
      }
      auto decoded = decode_list_meta(format, (*part)->bytes);
      if (!decoded) co_return report;
      meta = std::move(*decoded);
    }
  }
  report.end = meta.version.empty() ? End::kUndecodable : End::kListed;
  co_return report;
}

} // namespace syncer
