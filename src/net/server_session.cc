#include "net/server_session.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>

#include "net/message_parser.h"

namespace syncer {

namespace {

constexpr std::size_t kReadBytes = 16 * 1024;
constexpr std::size_t kMaxUnparsed = kMaxHeaderBytes + kReadBytes;
constexpr std::chrono::seconds kHandshakeTimeout{10};
constexpr std::chrono::seconds kWriteTimeout{30};

int refusal_status(SocketError error) {
  if (error == boost::beast::http::error::header_limit) return 431;
  if (error == boost::beast::http::error::body_limit) return 413;
  return 400;
}

} // namespace

// What reading and the session's coroutine share: the read may end after the session.
struct ServerSession::Inbox {
  explicit Inbox(const asio::any_io_executor& executor)
      : arrived(executor, asio::steady_timer::time_point::max()) {}
  std::array<char, kReadBytes> block; // being read into
  boost::beast::flat_buffer bytes;    // not yet parsed
  asio::steady_timer arrived;
  SocketError error;
  bool reading = false;
};

ServerSession::ServerSession(std::shared_ptr<ServerState> state,
                             std::shared_ptr<Connection> connection)
    : state_(std::move(state)),
      connection_(std::move(connection)),
      inbox_(std::make_shared<Inbox>(connection_->executor())),
      id_(state_->next_id++) {
  state_->sessions.emplace(id_, this);
}

ServerSession::~ServerSession() {
  state_->sessions.erase(id_);
  // A read under way would keep the connection, and the peer waiting.
  connection_->close();
}

void ServerSession::reset() {
  connection_->reset();
  inbox_->arrived.cancel();
}

void ServerSession::stop() {
  reset();
  // From outside the loop Asio would pass the signal on later, without keeping it alive.
  asio::post(connection_->executor(), [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self) self->cancel_.emit(asio::cancellation_type::terminal);
  });
}

bool ServerSession::peer_gone() const { return connection_->closed() || inbox_->error; }

asio::awaitable<void> ServerSession::run() {
  connection_->set_options();
  if (state_->tls) {
    connection_->expires_after(kHandshakeTimeout);
    const SocketError error = co_await connection_->tls_server_handshake(state_->tls);
    if (error) co_return;
  }
  for (;;) {
    const bool arrived = co_await read_request();
    if (!arrived || state_->stopped) co_return;
    stage_ = Stage::kOpen;
    start_reading();
    ServerExchange& exchange = *this;
    co_await state_->handler(exchange);
    if (stage_ == Stage::kOpen && !peer_gone()) {
      HttpResponse failure;
      failure.status = 500;
      co_await reply(std::move(failure));
    }
    if (stage_ == Stage::kStreaming) {
      reset();
      co_return;
    }
    if (peer_gone()) co_return;
    if (form_.close) {
      connection_->close_writing();
      co_return;
    }
  }
}

void ServerSession::start_reading() {
  if (inbox_->reading || inbox_->error || inbox_->bytes.size() > kMaxUnparsed) return;
  inbox_->reading = true;
  connection_->read_in_background(asio::buffer(inbox_->block), [inbox = inbox_](Transfer got) {
    inbox->reading = false;
    const asio::mutable_buffer space = inbox->bytes.prepare(got.bytes);
    inbox->bytes.commit(asio::buffer_copy(space, asio::buffer(inbox->block)));
    inbox->error = got.error;
    inbox->arrived.cancel();
  });
}

asio::awaitable<SocketError> ServerSession::wait_for_bytes() {
  if (inbox_->bytes.size() > kMaxUnparsed) co_return boost::beast::http::error::header_limit;
  start_reading();
  while (inbox_->reading && !connection_->closed()) {
    co_await inbox_->arrived.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return inbox_->error;
}

asio::awaitable<bool> ServerSession::read_request() {
  RequestParser parser;
  parser.body_limit(state_->options.max_body);
  connection_->expires_after(state_->options.read_timeout);
  bool told_to_continue = false;
  for (;;) {
    const SocketError bad = parser.feed(inbox_->bytes);
    if (bad) {
      co_await refuse(refusal_status(bad));
      co_return false;
    }
    if (parser.is_done()) break;
    if (parser.is_header_done() && parser.expects_continue && !told_to_continue) {
      told_to_continue = true;
      out_ = "HTTP/1.1 100 Continue\r\n\r\n";
      const bool told = co_await send_out();
      if (!told) co_return false;
      connection_->expires_after(state_->options.read_timeout);
    }
    const std::size_t before = inbox_->bytes.size();
    const SocketError error = co_await wait_for_bytes();
    if (error == boost::beast::http::error::header_limit) {
      co_await refuse(refusal_status(error));
      co_return false;
    }
    if (inbox_->bytes.size() == before && (error || connection_->closed())) co_return false;
  }
  connection_->expires_never();
  form_.old_client = parser.version < 11;
  form_.close = !parser.keep_alive();
  form_.head = parser.method == "HEAD";
  request_ = HttpRequest();
  request_.method = std::move(parser.method);
  request_.target = std::move(parser.target);
  request_.headers = std::move(parser.headers);
  request_.body = std::move(parser.body);
  co_return true;
}

asio::awaitable<void> ServerSession::refuse(int status) {
  HttpResponse response;
  response.status = status;
  form_ = ReplyForm();
  form_.close = true;
  write_reply(response, form_, out_);
  const bool sent = co_await send_out();
  if (!sent) co_return;
  // Closing with unread bytes would reset the connection and take the answer with it.
  connection_->close_writing();
  constexpr std::chrono::seconds kLinger{1};
  connection_->expires_after(kLinger);
  SocketError error;
  std::size_t left = 1024 * 1024;
  while (!error && !connection_->closed() && inbox_->bytes.size() < left) {
    left -= inbox_->bytes.size();
    inbox_->bytes.clear();
    error = co_await wait_for_bytes();
  }
}

asio::awaitable<bool> ServerSession::send_out() {
  if (connection_->closed()) co_return false;
  const asio::const_buffer bytes = asio::buffer(out_);
  connection_->expires_after(kWriteTimeout);
  const Transfer sent = co_await connection_->write(bytes);
  connection_->expires_never();
  if (sent.error) connection_->close();
  co_return !sent.error;
}

asio::awaitable<bool> ServerSession::reply(HttpResponse response) {
  if (stage_ != Stage::kOpen || connection_->closed()) co_return false;
  stage_ = Stage::kReplied;
  write_reply(response, form_, out_);
  co_return co_await send_out();
}

asio::awaitable<bool> ServerSession::start_stream(int status, Headers headers) {
  if (stage_ != Stage::kOpen || connection_->closed()) co_return false;
  stage_ = Stage::kStreaming;
  form_.close = form_.close || form_.old_client;
  write_stream_header(status, headers, form_, out_);
  co_return co_await send_out();
}

asio::awaitable<bool> ServerSession::write(std::string data) {
  if (stage_ != Stage::kStreaming || peer_gone()) co_return false;
  // An empty chunk would end the stream.
  if (data.empty() || form_.head) co_return true;
  if (form_.old_client) {
    out_ = std::move(data);
  } else {
    write_chunk(data, out_);
  }
  co_return co_await send_out();
}

asio::awaitable<bool> ServerSession::finish() {
  if (stage_ != Stage::kStreaming || peer_gone()) co_return false;
  stage_ = Stage::kFinished;
  if (form_.old_client || form_.head) co_return true;
  out_ = kLastChunk;
  co_return co_await send_out();
}

} // namespace syncer
