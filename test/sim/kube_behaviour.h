#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>

namespace syncer::sim {

// An answer given instead of the real one to the next requests that fit.
struct CannedAnswer {
  int times = 1;
  int status = 429;
  std::string retry_after; // seconds; empty: no such header
  bool plain_text = false; // as the server's overload filters answer, not a Status object
  std::string verb;        // empty: any
  std::string resource;    // plural; empty: any
};

// How the API server behaves. May be changed at any time; requests that come later see it.
struct KubeBehaviour {
  // Off: limit is honoured also with resourceVersion=0.
  bool watch_cache = true;
  // Off: 422 to sendInitialEvents, like a server without the feature.
  bool streaming_lists = true;
  // A watch from a forgotten version: HTTP 410 instead of an ERROR event in the stream.
  bool gone_as_http_status = false;
  // The initial-events-end bookmark waits until this is taken back (SimKube::wake_watches).
  bool hold_initial_bookmark = false;
  // Watches stay open and silent, deadlines included: a half-open connection.
  bool frozen_watches = false;
  std::chrono::milliseconds delay{0}; // before each request is looked at
  std::chrono::milliseconds bookmark_interval{60'000};
  // Who gets in: anybody when both are off; else 401 without the bearer token or, with TLS and a
  // client CA, a client certificate. Either is enough if both are asked for.
  std::string token;
  bool require_client_certificate = false;
  std::string git_version = "v1.34.1";
  // The next list or watch is reset after so many bytes of body; then back to normal.
  std::optional<std::size_t> cut_next_stream_after;
  std::deque<CannedAnswer> canned;
};

} // namespace syncer::sim
