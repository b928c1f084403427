// A load generator without logic: sends the request mix of a first sync (updates, ListView changes,
// waits) over the same number of connections, as fast as the server answers. Its rate is what the
// server and the machine can do; the syncer is compared with it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <pugixml.hpp>

#include "net/http.h"

namespace syncer {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Volume {
  std::string id, pv, ns, claim, pod;
};

struct Load {
  std::string user, password, cluster, action, cookie;
  std::vector<Volume> volumes;
  HttpClient* http = nullptr;
  std::size_t next = 0;
  std::vector<std::string> to_add, to_remove;
  std::size_t sent = 0, finished = 0;
  std::size_t updates = 0, modifies = 0, waits = 0;
  std::size_t tasks_per_change = 10;
  bool modifying = false;
  SteadyClock::time_point begun, ended;
  std::string view, collector;
};

std::string envelope(const std::string& body) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope "
         "xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" "
         "xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" "
         "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>" +
         body + "</soapenv:Body></soapenv:Envelope>";
}

asio::awaitable<std::string> post(Load& load, std::string path, std::string body) {
  HttpRequest request;
  request.method = "POST";
  request.target = std::move(path);
  request.headers = {{"Content-Type", "text/xml; charset=\"utf-8\""},
                     {"SOAPAction", load.action},
                     {"Cookie", load.cookie}};
  request.body = envelope(body);
  const auto deadline = SteadyClock::now() + std::chrono::seconds(75);
  Outcome<HttpResponse> answer = co_await load.http->send(std::move(request), deadline);
  if (!answer) throw std::runtime_error(answer.error().detail);
  if (answer->status != 200) throw std::runtime_error(answer->body);
  const std::string_view cookie = header(answer->headers, "Set-Cookie");
  if (!cookie.empty()) load.cookie = std::string(cookie.substr(0, cookie.find(';')));
  co_return std::move(answer->body);
}

std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t begin = text.find(from);
  if (begin == std::string::npos) return {};
  const std::size_t start = text.find('>', begin) + 1;
  return text.substr(start, text.find(to, start) - start);
}

std::string moref_of(const std::string& answer) { return between(answer, "<returnval", "<"); }

std::string update_body(const Load& load, const Volume& v) {
  const std::string cluster = "<clusterType>KUBERNETES</clusterType><clusterId>" + load.cluster +
                              "</clusterId><vSphereUser>" + load.user +
                              "</vSphereUser><clusterFlavor>VANILLA</clusterFlavor>";
  const std::string id = "<clusterId>" + load.cluster + "</clusterId>";
  std::string labels;
  for (int i = 0; i < 4; ++i) {
    labels += "<labels><key>app.kubernetes.io/label-" + std::to_string(i) +
              "</key><value>value-of-the-label</value></labels>";
  }
  const std::string open = "<entityMetadata xsi:type=\"CnsKubernetesEntityMetadata\"><entityName>";
  return "<CnsUpdateVolumeMetadata xmlns=\"urn:vsan\"><_this type=\"CnsVolumeManager\">"
         "cns-volume-manager</_this><updateSpecs><volumeId><id>" +
         v.id + "</id></volumeId><metadata><containerCluster>" + cluster + "</containerCluster>" +
         open + v.pv + "</entityName>" + id +
         "<entityType>PERSISTENT_VOLUME</entityType></entityMetadata>" + open + v.claim +
         "</entityName>" + labels + id +
         "<entityType>PERSISTENT_VOLUME_CLAIM</entityType><namespace>" + v.ns +
         "</namespace><referredEntity><entityType>PERSISTENT_VOLUME</entityType><entityName>" +
         v.pv + "</entityName>" + id + "</referredEntity></entityMetadata>" + open + v.pod +
         "</entityName>" + id + "<entityType>POD</entityType><namespace>" + v.ns +
         "</namespace><referredEntity><entityType>PERSISTENT_VOLUME_CLAIM</"
         "entityType><entityName>" +
         v.claim + "</entityName><namespace>" + v.ns + "</namespace>" + id +
         "</referredEntity></entityMetadata><containerClusterArray>" + cluster +
         "</containerClusterArray></metadata></updateSpecs></CnsUpdateVolumeMetadata>";
}

// At most `limit` of the tasks, the oldest first.
std::vector<std::string> take(std::vector<std::string>& tasks, std::size_t limit) {
  const auto end = tasks.begin() + static_cast<std::ptrdiff_t>(std::min(tasks.size(), limit));
  std::vector<std::string> taken(std::make_move_iterator(tasks.begin()),
                                 std::make_move_iterator(end));
  tasks.erase(tasks.begin(), end);
  return taken;
}

asio::awaitable<void> modify_loop(Load& load) {
  while (!load.to_add.empty()) {
    std::string body =
        "<ModifyListView xmlns=\"urn:vim25\"><_this type=\"ListView\">" + load.view + "</_this>";
    for (const auto& task : take(load.to_add, load.tasks_per_change)) {
      body += "<add type=\"Task\">" + task + "</add>";
    }
    for (const auto& task : take(load.to_remove, load.tasks_per_change)) {
      body += "<remove type=\"Task\">" + task + "</remove>";
    }
    body += "</ModifyListView>";
    ++load.modifies;
    co_await post(load, "/sdk", std::move(body));
  }
  load.modifying = false;
}

void rethrow(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

asio::awaitable<void> worker(asio::io_context& io, Load& load) {
  while (load.next < load.volumes.size()) {
    const Volume& volume = load.volumes[load.next++];
    std::string body = update_body(load, volume);
    const std::string answer = co_await post(load, "/vsanHealth", std::move(body));
    ++load.updates;
    load.to_add.push_back(moref_of(answer));
    if (!std::exchange(load.modifying, true)) asio::co_spawn(io, modify_loop(load), rethrow);
  }
}

asio::awaitable<void> wait_loop(Load& load) {
  std::string version;
  while (load.finished < load.volumes.size()) {
    std::string body =
        "<WaitForUpdatesEx xmlns=\"urn:vim25\"><_this type=\"PropertyCollector\">" +
        load.collector + "</_this><version>" + version +
        "</version><options><maxWaitSeconds>60</maxWaitSeconds></options></WaitForUpdatesEx>";
    ++load.waits;
    std::string answer = co_await post(load, "/sdk", std::move(body));
    pugi::xml_document document;
    document.load_buffer_inplace(answer.data(), answer.size());
    const pugi::xml_node set =
        document.first_child().first_child().first_child().child("returnval");
    version = set.child("version").text().get();
    for (const pugi::xml_node filter : set.children("filterSet")) {
      for (const pugi::xml_node object : filter.children("objectSet")) {
        for (const pugi::xml_node change : object.children("changeSet")) {
          if (std::string_view(change.child("val").child("state").text().get()) != "success")
            continue;
          ++load.finished;
          load.to_remove.emplace_back(object.child("obj").text().get());
        }
      }
    }
  }
  load.ended = SteadyClock::now();
}

asio::awaitable<void> run(asio::io_context& io, Load& load, int connections) {
  std::string login =
      "<Login xmlns=\"urn:vim25\"><_this type=\"SessionManager\">SessionManager</_this>"
      "<userName>" +
      load.user + "</userName><password>" + load.password + "</password></Login>";
  co_await post(load, "/sdk", std::move(login));
  std::string make_view =
      "<CreateListView xmlns=\"urn:vim25\"><_this type=\"ViewManager\">ViewManager"
      "</_this></CreateListView>";
  const std::string view = co_await post(load, "/sdk", std::move(make_view));
  load.view = moref_of(view);
  std::string make_collector =
      "<CreatePropertyCollector xmlns=\"urn:vim25\"><_this "
      "type=\"PropertyCollector\">propertyCollector</_this>"
      "</CreatePropertyCollector>";
  const std::string collector = co_await post(load, "/sdk", std::move(make_collector));
  load.collector = moref_of(collector);
  std::string filter =
      "<CreateFilter xmlns=\"urn:vim25\"><_this type=\"PropertyCollector\">" + load.collector +
      "</_this><spec><propSet><type>Task</type><pathSet>info</pathSet></propSet><objectSet><obj "
      "type=\"ListView\">" +
      load.view +
      "</obj><skip>true</skip><selectSet xsi:type=\"TraversalSpec\"><type>ListView</type><path>view"
      "</path><skip>false</skip></selectSet></objectSet><reportMissingObjectsInResults>true"
      "</reportMissingObjectsInResults></spec><partialUpdates>false</partialUpdates></"
      "CreateFilter>";
  co_await post(load, "/sdk", std::move(filter));
  load.begun = SteadyClock::now();
  for (int i = 0; i < connections; ++i) asio::co_spawn(io, worker(io, load), rethrow);
  co_await wait_loop(load);
}

} // namespace
} // namespace syncer

int main(int argc, char** argv) {
  using namespace syncer;
  CLI::App app{"Sends the requests of a first sync without any logic and prints the rate as JSON"};
  std::string host = "127.0.0.1", volumes_file;
  std::uint16_t port = 0;
  int connections = 64;
  Load load;
  load.action = "urn:vsan/8.0.0.3";
  app.add_option("--host", host, "vCenter host");
  app.add_option("--port", port, "vCenter port")->required();
  app.add_option("--user", load.user, "User")->required();
  app.add_option("--password", load.password, "Password")->required();
  app.add_option("--cluster-id", load.cluster, "Cluster id")->required();
  app.add_option("--connections", connections, "Updates under way at once");
  app.add_option("--tasks-per-change", load.tasks_per_change,
                 "Tasks that one ModifyListView adds at most");
  app.add_option("--volumes", volumes_file, "File of lines: id pv namespace claim pod")->required();
  CLI11_PARSE(app, argc, argv);
  std::ifstream lines(volumes_file);
  for (Volume v; lines >> v.id >> v.pv >> v.ns >> v.claim >> v.pod;) load.volumes.push_back(v);

  boost::asio::io_context io(1);
  ClientOptions options;
  options.host = host;
  options.port = port;
  options.tls_options.insecure = true;
  options.max_idle = static_cast<std::size_t>(connections) + 4;
  auto client = create_beast_http_client(io.get_executor(), options);
  if (!client) {
    std::cerr << client.error().detail << '\n';
    return 1;
  }
  load.http = client->get();
  try {
    boost::asio::co_spawn(io, run(io, load, connections), rethrow);
    io.run();
  } catch (const std::exception& failure) {
    std::cerr << "raw-load: " << failure.what() << '\n';
    return 1;
  }
  const std::chrono::duration<double> took = load.ended - load.begun;
  std::cout << "{\"updates\": " << load.updates << ", \"modifies\": " << load.modifies
            << ", \"waits\": " << load.waits << ", \"seconds\": " << took.count()
            << ", \"updates_per_s\": " << static_cast<double>(load.updates) / took.count() << "}"
            << std::endl;
  std::quick_exit(0);
}
