#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cns/login_shell.h"
#include "cns/node_inventory.h"
#include "cns/soap.h"
#include "cns/tag_codec.h"
#include "core/observer.h"
#include "net/http.h"

namespace spdlog {
class logger;
}

namespace syncer {

// Reads tags over the Automation REST API, which has sessions of its own: one login serves all who
// read at the same time, and the last of them logs out. What a tag is called is asked once per
// session. A refused credential rests, as everywhere:
// vCenter locks accounts after a few failures. Must outlive its calls.
class TagReader {
 public:
  struct Deps {
    asio::any_io_executor executor;
    HttpClient& http;
    Clock& clock;
    Observer& observer;
    spdlog::logger& log;
  };
  struct Options {
    std::string vcenter; // name for messages
    std::string user_agent;
    Clock::duration budget = std::chrono::seconds(30); // of each exchange
  };

  TagReader(Deps deps, Options options, CredentialLatch& latch);

  // Of each object, in the order given. A tag that is deleted meanwhile is left out.
  asio::awaitable<Outcome<std::vector<ObjectTags>>> tags_of(std::vector<ManagedRef> objects);
  // The latch holds others than before: the session of another user ends.
  void credentials_changed() {
    if (login_.belongs_to_former_user()) end_session();
  }

 private:
  struct Session {
    std::uint64_t generation = 0;
    TagApi api = TagApi::kNew;
    Secret token;
  };
  struct Use; // counts a reader; the last one logs out

  asio::awaitable<Outcome<std::vector<ObjectTags>>> read(std::vector<ManagedRef> objects);
  asio::awaitable<Outcome<AttachedTag>> describe(Session session, std::string tag);
  asio::awaitable<Outcome<Session>> acquire();
  asio::awaitable<LoginEnd> log_in(Credentials credentials);
  void login_ended(const Error* error);
  asio::awaitable<Outcome<std::string>> call(Session session, TagRequest request);
  asio::awaitable<Outcome<HttpResponse>> send(TagRequest request, Headers headers);
  asio::awaitable<void> log_out(Session session);
  void end_session();

  Deps deps_;
  Options options_;
  CredentialLatch& latch_;
  LoginShell login_;
  Session session_;                          // while login_ is established
  std::map<std::string, AttachedTag> known_; // of this session, by id
  std::size_t uses_ = 0;
};

} // namespace syncer
