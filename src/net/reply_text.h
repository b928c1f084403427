#pragma once

#include <string>

#include "net/http.h"

namespace syncer {

struct ReplyForm {
  bool close = false;      // announce the end of the connection
  bool old_client = false; // HTTP/1.0: kept alive only if told so
  bool head = false;       // the header alone
};

// Writes a whole reply over `out`. A Content-Length among the headers is sent as it is, right or
// wrong (simulators lie); otherwise it is added.
void write_reply(const HttpResponse& response, const ReplyForm& form, std::string& out);

// The header of a chunked reply; to an HTTP/1.0 client one that ends with the connection.
void write_stream_header(int status, const Headers& headers, const ReplyForm& form,
                         std::string& out);

void write_chunk(std::string_view data, std::string& out);
constexpr std::string_view kLastChunk = "0\r\n\r\n";

} // namespace syncer
