#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>

#include "net/client_pool.h"
#include "net/http.h"
#include "net/message_parser.h"
#include "net/request_text.h"
#include "net/resolver.h"

namespace syncer {

namespace {

constexpr std::size_t kReadBytes = 16 * 1024; // one TLS record
// A chunk header or trailer longer than this is an attack, not an answer.
constexpr std::size_t kMaxUnparsed = kMaxHeaderBytes + kReadBytes;

Clock::time_point now() { return Clock::time_point::clock::now(); }

Error transient(std::string detail, bool unsent = false) {
  Error error;
  error.detail = std::move(detail);
  error.unsent = unsent;
  return error;
}

std::string text_of(SocketError error) {
  return error == asio::error::timed_out ? std::string("deadline exceeded") : error.message();
}

// Why reading or parsing stopped. `ended`: the peer closed without a word.
struct ReadFailure {
  SocketError error;
  bool ended = false;
};

// Reads once and parses what came. An end of stream completes an answer that has no length.
asio::awaitable<ReadFailure> read_more(Channel& channel, ResponseParser& parser) {
  ReadFailure failure;
  if (channel.received.size() > kMaxUnparsed) {
    failure.error = boost::beast::http::error::header_limit;
    co_return failure;
  }
  const asio::mutable_buffer space = channel.received.prepare(kReadBytes);
  const Transfer got = co_await channel.connection->read_some(space);
  channel.received.commit(got.bytes);
  if (got.error == asio::error::eof && parser.got_some()) {
    parser.put_eof(failure.error); // partial_message unless this is how the answer ends
  } else if (got.error) {
    failure.error = got.error;
    failure.ended = got.error != asio::error::timed_out && !parser.got_some();
  } else {
    failure.error = parser.feed(channel.received);
  }
  co_return failure;
}

// Reads up to and including the header of the real answer. The answer may be complete with it.
asio::awaitable<ReadFailure> read_header(Channel& channel, std::optional<ResponseParser>& parser,
                                         bool head, boost::optional<std::uint64_t> max_body) {
  for (;;) {
    parser.emplace();
    parser->body_limit(max_body);
    parser->skip(head);
    ReadFailure failure;
    failure.error = parser->feed(channel.received); // what came behind a 1xx
    while (!failure.error && !parser->is_header_done()) {
      failure = co_await read_more(channel, *parser);
    }
    const bool interim = parser->is_header_done() && parser->status >= 100 && parser->status < 200;
    if (failure.error || !interim) co_return failure;
  }
}

// The parts of a client that streams may outlive.
struct Shared {
  explicit Shared(const ClientOptions& options) : pool(options.max_idle, options.idle_timeout) {}
  ChannelPool pool;
};

class BeastHttpStream final : public HttpStream {
 public:
  BeastHttpStream(std::weak_ptr<Shared> client, std::unique_ptr<Channel> channel,
                  std::optional<ResponseParser>&& parser)
      : client_(std::move(client)), channel_(std::move(channel)), parser_(std::move(parser)) {}

  int status() const override { return parser_->status; }
  const Headers& headers() const override { return parser_->headers; }

  asio::awaitable<Outcome<std::string_view>> read_some(Clock::time_point deadline) override {
    current_.clear();
    if (channel_) channel_->connection->expires_at(deadline);
    while (parser_->body.empty() && !parser_->is_done() && !failure_) {
      const ReadFailure read = co_await read_more(*channel_, *parser_);
      if (read.error) failure_ = transient("read stream: " + text_of(read.error));
    }
    if (channel_) channel_->connection->expires_never();
    if (parser_->is_done() || failure_) release();
    // Bytes that came before a failure are delivered before it.
    current_.swap(parser_->body);
    if (current_.empty() && failure_) co_return *failure_;
    co_return std::string_view(current_);
  }

 private:
  void release() {
    const auto client = client_.lock();
    if (client && channel_ && !failure_ && parser_->keep_alive()) {
      client->pool.give_back(std::move(channel_), now());
    }
    channel_.reset();
  }

  std::weak_ptr<Shared> client_;
  std::unique_ptr<Channel> channel_; // null once the answer has ended
  std::optional<ResponseParser> parser_;
  std::string current_;
  std::optional<Error> failure_;
};

class BeastHttpClient final : public HttpClient {
 public:
  BeastHttpClient(asio::any_io_executor executor, ClientOptions options,
                  std::shared_ptr<ClientTls> tls)
      : executor_(std::move(executor)),
        options_(std::move(options)),
        tls_(std::move(tls)),
        host_header_(host_header(options_.host, options_.port, options_.tls)),
        resolver_(executor_, options_.host, options_.port, system_look_up()),
        shared_(std::make_shared<Shared>(options_)) {}

  asio::awaitable<Outcome<HttpResponse>> send(HttpRequest request,
                                              Clock::time_point deadline) override;
  asio::awaitable<Outcome<std::unique_ptr<HttpStream>>> open_stream(
      HttpRequest request, Clock::time_point deadline) override;
  std::optional<std::chrono::system_clock::time_point> certificate_expiry() const override {
    return certificate_expiry_;
  }

 private:
  // An answer whose header has been read, and the channel it comes from.
  struct Answer {
    std::unique_ptr<Channel> channel;
    std::optional<ResponseParser> parser;
  };
  struct Attempt {
    std::optional<Error> error;
    bool dead_connection = false; // closed before a byte of the answer came
  };

  asio::awaitable<Outcome<std::unique_ptr<Channel>>> connect(Clock::time_point deadline);
  asio::awaitable<Attempt> exchange(const HttpRequest& request, Answer& answer,
                                    boost::optional<std::uint64_t> max_body);
  // The request on a kept-alive connection or a new one, and up to the header of the answer.
  asio::awaitable<std::optional<Error>> start(const HttpRequest& request, Answer& answer,
                                              Clock::time_point deadline,
                                              boost::optional<std::uint64_t> max_body);

  asio::any_io_executor executor_;
  ClientOptions options_;
  std::shared_ptr<ClientTls> tls_; // shared with its connections
  std::string host_header_;
  Resolver resolver_;
  std::shared_ptr<Shared> shared_;
  std::optional<std::chrono::system_clock::time_point> certificate_expiry_;
};

asio::awaitable<Outcome<std::unique_ptr<Channel>>> BeastHttpClient::connect(
    Clock::time_point deadline) {
  const Clock::time_point limit = std::min(deadline, now() + options_.connect_timeout);
  const Outcome<Endpoints> endpoints = co_await resolver_.resolve(limit);
  if (!endpoints) co_return endpoints.error();

  auto channel = std::make_unique<Channel>();
  std::string failures;
  for (std::size_t i = 0; i < endpoints->size(); ++i) {
    const asio::ip::tcp::endpoint endpoint = (*endpoints)[i];
    auto connection = std::make_shared<Connection>(asio::ip::tcp::socket(executor_));
    // An address that does not answer must leave time for those behind it.
    const auto left = endpoints->size() - i;
    connection->expires_at(now() + (limit - now()) / static_cast<int>(left));
    const SocketError error = co_await connection->connect(endpoint);
    connection->expires_never();
    if (!error) {
      channel->connection = std::move(connection);
      break;
    }
    const std::string address = endpoint.address().to_string();
    failures += (failures.empty() ? "connect " : "; ") +
                host_header(address, options_.port, false) + ": " + text_of(error);
  }
  if (!channel->connection) co_return transient(std::move(failures), true);
  if (!tls_) co_return std::move(channel);

  const std::string name =
      options_.tls_options.server_name.empty() ? options_.host : options_.tls_options.server_name;
  channel->connection->expires_at(limit);
  const SocketError error = co_await channel->connection->tls_client_handshake(tls_, name);
  channel->connection->expires_never();
  if (error) {
    const std::string& problem = channel->connection->tls_problem();
    co_return transient(
        "TLS with " + host_header_ + ": " + (problem.empty() ? text_of(error) : problem), true);
  }
  if (const auto until = channel->connection->peer_certificate_expiry()) {
    certificate_expiry_ = until;
  }
  co_return std::move(channel);
}

asio::awaitable<BeastHttpClient::Attempt> BeastHttpClient::exchange(
    const HttpRequest& request, Answer& answer, boost::optional<std::uint64_t> max_body) {
  Attempt attempt;
  Channel& channel = *answer.channel;
  if (!write_request(request, host_header_, channel.sent)) {
    attempt.error = transient("request holds characters HTTP does not allow", true);
    attempt.error->kind = ErrorKind::kRejected;
    co_return attempt;
  }
  if (request.may_send && !request.may_send()) {
    attempt.error = transient("not sent: no longer allowed", true);
    attempt.error->kind = ErrorKind::kCancelled;
    co_return attempt;
  }
  const asio::const_buffer bytes = asio::buffer(channel.sent);
  const Transfer written = co_await channel.connection->write(bytes);
  if (written.error) {
    // No whole TLS record and no plain byte left us: the server cannot have seen any of it.
    attempt.error = transient("send: " + text_of(written.error), written.bytes == 0);
    attempt.dead_connection = written.error != asio::error::timed_out;
    co_return attempt;
  }
  const bool head = request.method == "HEAD";
  const ReadFailure failure = co_await read_header(channel, answer.parser, head, max_body);
  if (failure.error) {
    attempt.error = transient("receive: " + text_of(failure.error));
    attempt.dead_connection = failure.ended;
  }
  co_return attempt;
}

asio::awaitable<std::optional<Error>> BeastHttpClient::start(
    const HttpRequest& request, Answer& answer, Clock::time_point deadline,
    boost::optional<std::uint64_t> max_body) {
  const std::string name = request.method + " " + host_header_;
  // Checked here because the kernel takes bytes at once, before any timer can fire.
  if (now() >= deadline) co_return in_context(name, transient("deadline exceeded", true));
  bool seen_by_server = false;
  answer.channel = shared_->pool.take(now());
  if (answer.channel) {
    answer.channel->connection->expires_at(deadline);
    Attempt attempt = co_await exchange(request, answer, max_body);
    if (!attempt.error) co_return std::nullopt;
    answer.channel.reset();
    seen_by_server = !attempt.error->unsent;
    if (!attempt.dead_connection || (seen_by_server && !request.idempotent)) {
      co_return in_context(name, std::move(*attempt.error));
    }
  }
  std::optional<Error> error;
  Outcome<std::unique_ptr<Channel>> channel = co_await connect(deadline);
  if (channel) {
    answer.channel = std::move(channel).value();
    answer.channel->connection->expires_at(deadline);
    Attempt attempt = co_await exchange(request, answer, max_body);
    error = std::move(attempt.error);
  } else {
    error = std::move(channel).error();
  }
  if (!error) co_return std::nullopt;
  answer.channel.reset();
  error->unsent = error->unsent && !seen_by_server;
  co_return in_context(name, std::move(*error));
}

asio::awaitable<Outcome<HttpResponse>> BeastHttpClient::send(HttpRequest request,
                                                             Clock::time_point deadline) {
  Answer answer;
  std::optional<Error> failed = co_await start(request, answer, deadline, options_.max_body);
  if (failed) co_return std::move(*failed);

  while (!answer.parser->is_done()) {
    const ReadFailure failure = co_await read_more(*answer.channel, *answer.parser);
    if (failure.error) {
      co_return transient(request.method + " " + host_header_ +
                          ": receive: " + text_of(failure.error));
    }
  }
  HttpResponse response;
  response.status = answer.parser->status;
  response.headers = std::move(answer.parser->headers);
  response.body = std::move(answer.parser->body);
  answer.channel->connection->expires_never();
  if (answer.parser->keep_alive()) shared_->pool.give_back(std::move(answer.channel), now());
  co_return response;
}

asio::awaitable<Outcome<std::unique_ptr<HttpStream>>> BeastHttpClient::open_stream(
    HttpRequest request, Clock::time_point deadline) {
  Answer answer;
  std::optional<Error> failed = co_await start(request, answer, deadline, boost::none);
  if (failed) co_return std::move(*failed);
  answer.channel->connection->expires_never();
  std::unique_ptr<HttpStream> stream = std::make_unique<BeastHttpStream>(
      shared_, std::move(answer.channel), std::move(answer.parser));
  co_return std::move(stream);
}

} // namespace

Outcome<std::unique_ptr<HttpClient>> create_beast_http_client(asio::any_io_executor executor,
                                                              ClientOptions options) {
  std::shared_ptr<ClientTls> tls;
  if (options.tls) {
    Outcome<std::shared_ptr<ClientTls>> made = make_client_tls(options.tls_options);
    if (!made) return in_context("TLS to " + options.host, std::move(made).error());
    tls = std::move(made).value();
  }
  std::unique_ptr<HttpClient> client =
      std::make_unique<BeastHttpClient>(std::move(executor), std::move(options), std::move(tls));
  return client;
}

} // namespace syncer
