#include <boost/asio/use_awaitable.hpp>
#include <protozero/pbf_reader.hpp>

#include "sim/kube_test_client.h"

namespace syncer::sim {

namespace {

// The first value of a length-delimited field; empty if it is missing. What follows is not read:
// it may be broken.
std::string sub(const std::string& message, unsigned field) {
  protozero::pbf_reader reader(message);
  while (reader.next()) {
    if (reader.tag() == field && reader.wire_type() == protozero::pbf_wire_type::length_delimited) {
      return reader.get_string();
    }
    reader.skip();
  }
  return "";
}

struct Envelope {
  std::string kind;
  std::string raw;
};

Envelope open_envelope(const std::string& bytes) {
  EXPECT_EQ(bytes.substr(0, 4), std::string("k8s\0", 4));
  const std::string unknown = bytes.substr(4);
  return {sub(sub(unknown, 1), 2), sub(unknown, 2)};
}

} // namespace

TestEvent decode_json_event(const std::string& line) {
  const json event = json::parse(line);
  const json& object = event["object"];
  const json metadata = object.value("metadata", json::object());
  TestEvent decoded;
  decoded.type = event["type"];
  decoded.kind = object.value("kind", "");
  decoded.name = metadata.value("name", "");
  decoded.version = metadata.value("resourceVersion", "");
  decoded.end_of_initial = metadata.contains("annotations") &&
                           metadata["annotations"].value("k8s.io/initial-events-end", "") == "true";
  decoded.code = object.value("code", 0);
  return decoded;
}

TestEvent decode_protobuf_event(const std::string& frame) {
  TestEvent decoded;
  decoded.type = sub(frame, 1);
  const Envelope envelope = open_envelope(sub(sub(frame, 2), 1));
  decoded.kind = envelope.kind;
  if (envelope.kind == "Status") {
    protozero::pbf_reader status(envelope.raw);
    while (status.next()) {
      if (status.tag() == 6) {
        decoded.code = status.get_int32();
      } else {
        status.skip();
      }
    }
    return decoded;
  }
  const std::string metadata = sub(envelope.raw, 1);
  decoded.name = sub(metadata, 1);
  decoded.version = sub(metadata, 6);
  decoded.end_of_initial = metadata.find("k8s.io/initial-events-end") != std::string::npos;
  return decoded;
}

TestList decode_list(const HttpResponse& response) {
  TestList list;
  if (header(response.headers, "Content-Type") == "application/json") {
    const json body = json::parse(response.body);
    list.kind = body["kind"];
    list.version = body["metadata"]["resourceVersion"];
    list.next = body["metadata"].value("continue", "");
    for (const json& item : body["items"]) list.names.push_back(item["metadata"]["name"]);
    return list;
  }
  const Envelope envelope = open_envelope(response.body);
  list.kind = envelope.kind;
  protozero::pbf_reader reader(envelope.raw);
  while (reader.next()) {
    const unsigned tag = reader.tag();
    const std::string value = reader.get_string();
    if (tag == 1) {
      list.version = sub(value, 2);
      list.next = sub(value, 3);
    } else {
      list.names.push_back(sub(sub(value, 1), 1));
    }
  }
  return list;
}

json pod_json(const std::string& ns, const std::string& name, const std::string& node) {
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata", {{"name", name}, {"namespace", ns}, {"labels", {{"app", "web"}}}}},
          {"spec", {{"nodeName", node}}},
          {"status", {{"phase", "Running"}}}};
}

json volume_json(const std::string& name) {
  return {{"apiVersion", "v1"},
          {"kind", "PersistentVolume"},
          {"metadata", {{"name", name}}},
          {"spec", {{"persistentVolumeReclaimPolicy", "Delete"}}},
          {"status", {{"phase", "Bound"}}}};
}

void KubeTest::SetUp() {
  SimKubeOptions options;
  options.tls = false;
  auto started = SimKube::start(io.get_executor(), options);
  ASSERT_TRUE(started) << started.error().detail;
  kube = std::move(started).value();
  ClientOptions to;
  to.host = "127.0.0.1";
  to.port = kube->port();
  to.tls = false;
  auto made = create_beast_http_client(io.get_executor(), to);
  ASSERT_TRUE(made) << made.error().detail;
  client = std::move(made).value();
}

HttpResponse KubeTest::send(const std::string& method, const std::string& target,
                            const std::string& body, Headers headers) {
  HttpRequest request;
  request.method = method;
  request.target = target;
  request.headers = std::move(headers);
  request.body = body;
  request.idempotent = method == "GET";
  auto response = run(client->send(std::move(request), clock.now() + std::chrono::seconds(10)));
  if (!response) throw std::runtime_error(response.error().detail);
  return std::move(response).value();
}

HttpResponse KubeTest::get(const std::string& target, const std::string& accept) {
  return send("GET", target, "", {{"Accept", accept}});
}

HttpResponse KubeTest::put_json(const std::string& target, const json& body) {
  return send("PUT", target, body.dump(), {{"Content-Type", "application/json"}});
}

HttpResponse KubeTest::post_json(const std::string& target, const json& body) {
  return send("POST", target, body.dump(), {{"Content-Type", "application/json"}});
}

Outcome<HttpResponse> KubeTest::try_send(const std::string& target) {
  HttpRequest request;
  request.target = target;
  return run(client->send(std::move(request), clock.now() + std::chrono::seconds(10)));
}

std::optional<TestEvent> TestWatch::take() {
  const bool protobuf =
      header(stream_->headers(), "Content-Type").find("protobuf") != std::string_view::npos;
  if (!protobuf) {
    const std::size_t end = buffer_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    const std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    return decode_json_event(line);
  }
  if (buffer_.size() < 4) return std::nullopt;
  std::size_t size = 0;
  for (int i = 0; i < 4; ++i) {
    size = size << 8U | static_cast<unsigned char>(buffer_[static_cast<std::size_t>(i)]);
  }
  if (buffer_.size() < size + 4) return std::nullopt;
  const std::string frame = buffer_.substr(4, size);
  buffer_.erase(0, size + 4);
  return decode_protobuf_event(frame);
}

asio::awaitable<std::optional<TestEvent>> TestWatch::next() {
  for (;;) {
    std::optional<TestEvent> event = take();
    if (event) co_return event;
    const auto deadline = clock_.now() + std::chrono::seconds(10);
    const auto bytes = co_await stream_->read_some(deadline);
    clean_end_ = bytes && bytes->empty();
    if (!bytes || bytes->empty()) co_return std::nullopt;
    buffer_.append(*bytes);
  }
}

TestWatch KubeWatchTest::watch(const std::string& target, const std::string& accept) {
  HttpRequest request;
  request.target = target;
  request.headers.emplace_back("Accept", accept);
  auto stream =
      run(client->open_stream(std::move(request), clock.now() + std::chrono::seconds(10)));
  if (!stream) throw std::runtime_error(stream.error().detail);
  return TestWatch(std::move(stream).value(), clock);
}

} // namespace syncer::sim
