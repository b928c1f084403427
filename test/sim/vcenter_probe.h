#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <pugixml.hpp>
#include <string>

#include "net/http.h"
#include "sim/vcenter_server.h"

namespace syncer::sim {

// An answer of the simulator, read for assertions.
struct Reply {
  bool arrived = false; // false: the connection was cut
  int status = 0;
  std::string body;
  std::string cookie; // of Set-Cookie, up to the first semicolon

  // Text of the first element of that name anywhere in the body; empty when there is none.
  std::string text(const char* element) const {
    pugi::xml_document document;
    document.load_string(body.c_str());
    const pugi::xml_node found = document.find_node(
        [&](pugi::xml_node node) { return std::string_view(node.name()) == element; });
    return found.child_value();
  }
  int count(const std::string& part) const {
    int found = 0;
    for (std::size_t at = body.find(part); at != std::string::npos; at = body.find(part, at + 1)) {
      ++found;
    }
    return found;
  }
  bool has(const std::string& part) const { return body.find(part) != std::string::npos; }
  // Type of the SOAP fault; empty when the answer is none.
  std::string fault() const {
    if (!has("<soapenv:Fault>")) return {};
    const std::size_t at = body.find("xsi:type=\"", body.find("<detail>")) + 10;
    return body.substr(at, body.find('"', at) - at);
  }
};

// A call under way.
struct Pending {
  std::optional<Reply> reply;
};

inline std::string soap(const std::string& inner) {
  return R"(<?xml version="1.0" encoding="UTF-8"?><e:Envelope )"
         R"(xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" )"
         R"(xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><e:Body>)" +
         inner + "</e:Body></e:Envelope>";
}

inline std::string call(const std::string& method, const std::string& self_type,
                        const std::string& self_id, const std::string& parameters,
                        const std::string& space) {
  return soap("<" + method + " xmlns=\"" + space + "\"><_this type=\"" + self_type + "\">" +
              self_id + "</_this>" + parameters + "</" + method + ">");
}

// A call of vim25 with a session manager, collector, view...
inline std::string vim(const std::string& method, const std::string& self_type,
                       const std::string& self_id, const std::string& parameters = "") {
  return call(method, self_type, self_id, parameters, "urn:vim25");
}

inline std::string cns(const std::string& method, const std::string& parameters) {
  return call(method, "CnsVolumeManager", "cns-volume-manager", parameters, "urn:vsan");
}

inline std::string cluster_xml(const std::string& element, const std::string& id = "c1") {
  return "<" + element + "><clusterType>KUBERNETES</clusterType><clusterId>" + id +
         "</clusterId><vSphereUser>U</vSphereUser><clusterFlavor>VANILLA</clusterFlavor></" +
         element + ">";
}

// One entity; `removal` sends delete=true.
inline std::string entity_xml(const std::string& type, const std::string& name,
                              const std::string& labels = "", bool removal = false,
                              const std::string& cluster = "c1") {
  const std::string ns =
      type == kEntityVolume ? std::string() : std::string("<namespace>ns</namespace>");
  return "<entityMetadata xsi:type=\"CnsKubernetesEntityMetadata\"><entityName>" + name +
         "</entityName>" + labels + (removal ? "<delete>true</delete>" : "") + "<clusterId>" +
         cluster + "</clusterId><entityType>" + type + "</entityType>" + ns + "</entityMetadata>";
}

inline std::string label_xml(const std::string& key, const std::string& value) {
  return "<labels><key>" + key + "</key><value>" + value + "</value></labels>";
}

inline std::string update_spec(const std::string& volume, const std::string& entities,
                               const std::string& cluster = "c1") {
  return "<updateSpecs><volumeId><id>" + volume + "</id></volumeId><metadata>" +
         cluster_xml("containerCluster", cluster) + entities +
         cluster_xml("containerClusterArray", cluster) + "</metadata></updateSpecs>";
}

inline std::string update(const std::string& volume, const std::string& entities) {
  return cns("CnsUpdateVolumeMetadata", update_spec(volume, entities));
}

inline SimVolume block_volume(const std::string& id) {
  SimVolume volume;
  volume.id = id;
  volume.name = "pvc-" + id;
  volume.cluster_id = "c1";
  volume.datastore_url = "ds:///vmfs/volumes/sim-datastore/";
  return volume;
}

// A vCenter and a client that sends whatever text it is given.
class VcenterProbe : public testing::Test {
 protected:
  static constexpr const char* kVsanAction = "urn:vsan/8.0.0.3";

  void start(SimVcenterOptions options = SimVcenterOptions()) {
    options.tls = false;
    auto made = SimVcenter::create(io_.get_executor(), std::move(options));
    ASSERT_TRUE(made) << made.error().detail;
    vcenter_ = std::move(made).value();
    ClientOptions client;
    client.host = "127.0.0.1";
    client.port = vcenter_->port();
    client.tls = false;
    auto connected = create_beast_http_client(io_.get_executor(), std::move(client));
    ASSERT_TRUE(connected) << connected.error().detail;
    client_ = std::move(connected).value();
  }

  std::shared_ptr<Pending> begin(const std::string& path, const std::string& body,
                                 const std::string& action = kVsanAction,
                                 std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    HttpRequest request;
    request.method = body.empty() ? "GET" : "POST";
    request.target = path;
    request.body = body;
    request.headers.emplace_back("Content-Type", "text/xml; charset=\"utf-8\"");
    if (!action.empty()) request.headers.emplace_back("SOAPAction", action);
    if (!cookie_.empty()) request.headers.emplace_back("Cookie", cookie_);
    const auto pending = std::make_shared<Pending>();
    asio::co_spawn(io_,
                   client_->send(std::move(request), Clock::time_point::clock::now() + patience),
                   [pending](std::exception_ptr failure, Outcome<HttpResponse> got) {
                     if (failure) std::rethrow_exception(failure);
                     Reply reply;
                     reply.arrived = static_cast<bool>(got);
                     if (got) {
                       reply.status = got->status;
                       reply.body = got->body;
                       const std::string_view set = header(got->headers, "Set-Cookie");
                       reply.cookie = set.substr(0, set.find(';'));
                     }
                     pending->reply = std::move(reply);
                   });
    return pending;
  }

  // Runs the server until `condition` holds.
  template <class Condition>
  bool run_until(Condition condition) {
    io_.restart();
    const auto give_up = Clock::time_point::clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (Clock::time_point::clock::now() > give_up) return false;
      if (io_.run_one_for(std::chrono::seconds(20)) == 0) return condition();
    }
    return true;
  }

  Reply finish(const std::shared_ptr<Pending>& pending) {
    EXPECT_TRUE(run_until([&] { return pending->reply.has_value(); }));
    return pending->reply.value_or(Reply());
  }
  Reply post(const std::string& path, const std::string& body,
             const std::string& action = kVsanAction) {
    return finish(begin(path, body, action));
  }
  Reply sdk(const std::string& body, const std::string& action = kVsanAction) {
    return post("/sdk", body, action);
  }
  Reply vsan(const std::string& body, const std::string& action = kVsanAction) {
    return post("/vsanHealth", body, action);
  }

  Reply try_login(const std::string& user = "Administrator@vsphere.local",
                  const std::string& password = "vc-pass") {
    return sdk(vim("Login", "SessionManager", "SessionManager",
                   "<userName>" + user + "</userName><password>" + password + "</password>"));
  }
  void login() {
    const Reply reply = try_login();
    ASSERT_EQ(reply.status, 200) << reply.body;
    cookie_ = reply.cookie;
  }

  // Everything an update does, until its task is finished. Gives the TaskInfo.
  Reply update_and_wait(const std::string& volume, const std::string& entities) {
    const Reply accepted = vsan(update(volume, entities));
    EXPECT_EQ(accepted.status, 200) << accepted.body;
    return wait_for_task(accepted.text("returnval"));
  }
  Reply wait_for_task(const std::string& task) {
    EXPECT_TRUE(run_until([&] { return vcenter_->tasks().unfinished() == 0; }));
    return read_task(task);
  }
  Reply read_task(const std::string& task, const std::string& action = kVsanAction) {
    return sdk(vim("RetrievePropertiesEx", "PropertyCollector", "propertyCollector",
                   "<specSet><propSet><type>Task</type><pathSet>info</pathSet></propSet>"
                   "<objectSet><obj type=\"Task\">" +
                       task +
                       "</obj></objectSet></specSet>"
                       "<options/>"),
               action);
  }

  // A collector with a filter on a ListView; wait() sends WaitForUpdatesEx to it.
  void watch_list() {
    list_ = sdk(vim("CreateListView", "ViewManager", "ViewManager")).text("returnval");
    collector_ = sdk(vim("CreatePropertyCollector", "PropertyCollector", "propertyCollector"))
                     .text("returnval");
    const Reply filter = sdk(
        vim("CreateFilter", "PropertyCollector", collector_,
            "<spec><propSet><type>Task</type><pathSet>info</pathSet></propSet><objectSet>"
            "<obj type=\"ListView\">" +
                list_ +
                "</obj><selectSet xsi:type=\"TraversalSpec\">"
                "<type>ListView</type><path>view</path><skip>false</skip></selectSet></objectSet>"
                "<reportMissingObjectsInResults>true</reportMissingObjectsInResults></spec>"
                "<partialUpdates>false</partialUpdates>"));
    ASSERT_EQ(filter.status, 200) << filter.body;
  }
  Reply modify_list(const std::string& parameters) {
    return sdk(vim("ModifyListView", "ListView", list_, parameters));
  }
  std::string wait_xml(const std::string& version, int seconds) const {
    const std::string given = version.empty() ? "" : "<version>" + version + "</version>";
    return vim("WaitForUpdatesEx", "PropertyCollector", collector_,
               given + "<options><maxWaitSeconds>" + std::to_string(seconds) +
                   "</maxWaitSeconds></options>");
  }
  Reply wait(const std::string& version, int seconds = 0, const std::string& action = kVsanAction) {
    return sdk(wait_xml(version, seconds), action);
  }

  asio::io_context io_;
  std::unique_ptr<SimVcenter> vcenter_;
  std::unique_ptr<HttpClient> client_;
  std::string cookie_;
  std::string list_, collector_;
};

} // namespace syncer::sim
