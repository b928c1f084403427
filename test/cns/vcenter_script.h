// A vCenter played by a script: answers as text, and SoapCnsApi on fakes around them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "cns/soap_cns_api.h"
#include "fakes/fake_clock.h"
#include "fakes/scripted_http.h"

namespace syncer::script {

inline std::string envelope(const std::string& content) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope "
         "xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" "
         "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>" +
         content + "</soapenv:Body></soapenv:Envelope>";
}

inline std::string answer(const std::string& method, const std::string& content) {
  return envelope("<" + method + "Response xmlns=\"urn:vim25\">" + content + "</" + method +
                  "Response>");
}

inline std::string reference_answer(const std::string& method, const std::string& type,
                                    const std::string& id) {
  return answer(method, "<returnval type=\"" + type + "\">" + id + "</returnval>");
}

inline std::string fault_answer(const std::string& type, const std::string& text = "",
                                const std::string& content = "") {
  return envelope("<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>" + text +
                  "</faultstring><detail><" + type + "Fault xsi:type=\"" + type + "\">" + content +
                  "</" + type + "Fault></detail></soapenv:Fault>");
}

inline std::string service_content(const std::string& version = "8.0.2",
                                   const std::string& api = "8.0.2.0") {
  return answer("RetrieveServiceContent",
                "<returnval><rootFolder type=\"Folder\">group-d1</rootFolder>"
                "<propertyCollector type=\"PropertyCollector\">pc</propertyCollector>"
                "<viewManager type=\"ViewManager\">ViewManager</viewManager><about><version>" +
                    version + "</version><apiVersion>" + api +
                    "</apiVersion></about>"
                    "<sessionManager type=\"SessionManager\">SessionManager</sessionManager>"
                    "<authorizationManager type=\"AuthorizationManager\">AuthorizationManager"
                    "</authorizationManager>"
                    "<searchIndex type=\"SearchIndex\">SearchIndex</searchIndex>"
                    "</returnval>");
}

inline std::string versions_file(const std::string& version = "8.0.0.3") {
  return "<namespaces version=\"1.0\"><namespace><name>urn:vim25</name><version>8.0.2.0</version>"
         "</namespace><namespace><name>urn:vsan</name><version>" +
         version + "</version><priorVersions><version>7.0</version></priorVersions></namespace>" +
         "</namespaces>";
}

inline std::string login_answer(const std::string& user = "VSPHERE.LOCAL\\Administrator") {
  return answer("Login", "<returnval><key>k</key><userName>" + user + "</userName></returnval>");
}

inline std::string task_answer(const std::string& task) {
  return reference_answer("CnsUpdateVolumeMetadata", "Task", task);
}

// TaskInfo in one objectSet entry. `rest` follows the state: result or error.
inline std::string task_info(const std::string& task, const std::string& state,
                             const std::string& rest = "", const std::string& kind = "modify") {
  return "<objectSet><kind>" + kind + "</kind><obj type=\"Task\">" + task +
         "</obj><changeSet><name>info</name><op>assign</op><val xsi:type=\"TaskInfo\"><key>" +
         task + "</key><state>" + state + "</state>" + rest + "</val></changeSet></objectSet>";
}

inline std::string batch_result(const std::string& volume, const std::string& fault = "") {
  return "<result xsi:type=\"CnsVolumeOperationBatchResult\"><volumeResults "
         "xsi:type=\"CnsVolumeOperationResult\"><volumeId><id>" +
         volume + "</id></volumeId>" + fault + "</volumeResults></result>";
}

inline std::string acknowledged(const std::string& task, const std::string& volume) {
  return task_info(task, "success", batch_result(volume));
}

inline std::string left(const std::string& task) {
  return "<objectSet><kind>leave</kind><obj type=\"Task\">" + task + "</obj></objectSet>";
}

inline std::string news(const std::string& version, const std::string& objects,
                        bool truncated = false) {
  return answer("WaitForUpdatesEx",
                "<returnval><version>" + version +
                    "</version><filterSet><filter type=\"PropertyFilter\">f</filter>" + objects +
                    "</filterSet>" + (truncated ? "<truncated>true</truncated>" : "") +
                    "</returnval>");
}

inline std::string no_news() { return answer("WaitForUpdatesEx", ""); }

// The inside of a LocalizedMethodFault; `fields` are those of the fault's type.
inline std::string localized(const std::string& type, const std::string& text,
                             const std::string& fields = "") {
  return "<fault xsi:type=\"vsan:" + type + "\">" + fields + "</fault><localizedMessage>" + text +
         "</localizedMessage>";
}
inline std::string task_error(const std::string& type, const std::string& text,
                              const std::string& fields = "") {
  return task_info("task-1", "error", "<error>" + localized(type, text, fields) + "</error>");
}
inline std::string volume_fault(const std::string& volume, const std::string& type,
                                const std::string& text, const std::string& fields = "") {
  return task_info("task-1", "success",
                   batch_result(volume, "<fault>" + localized(type, text, fields) + "</fault>"));
}

inline CnsUpdate update_of(const std::string& volume) {
  CnsEntity pv;
  pv.ref = EntityRef{EntityKind::kVolume, "", "pv-" + volume};
  return CnsUpdate{VolumeId(volume), {pv}, {}};
}

class FakeLeadership final : public Leadership {
 public:
  bool may_write(Clock::duration budget) const override {
    asked.push_back(budget);
    return held;
  }
  Clock::duration write_budget() const override { return std::chrono::seconds(10); }
  std::uint64_t term() const override { return 1; }
  bool held = true;
  mutable std::vector<Clock::duration> asked;
};

class CountingObserver final : public Observer {
 public:
  void cns_operation(std::string_view operation, bool passed, Seconds) override {
    operations.push_back(std::string(operation) + (passed ? " passed" : " failed"));
  }
  void cns_call(std::string_view operation, std::string_view result, Seconds) override {
    calls.push_back(std::string(operation) + " " + std::string(result));
  }
  void cns_session(bool established) override { sessions.push_back(established); }
  void cns_login(std::string_view result) override { logins.emplace_back(result); }
  std::vector<std::string> calls;
  std::vector<std::string> operations;
  std::vector<bool> sessions;
  std::vector<std::string> logins;
};

inline CnsOptions options() {
  CnsOptions result;
  result.vcenter = "vc";
  result.user = "Administrator@vsphere.local";
  result.password = Secret("vc-pass");
  result.cluster_id = "cluster-1";
  return result;
}

// Nothing is expected at first; see script_*.
struct Vcenter {
  using PrivilegesTold = std::function<void(const std::vector<MissingPrivilege>&)>;
  explicit Vcenter(CnsOptions given = options(), PrivilegesTold told = {})
      : sink(std::make_shared<spdlog::sinks::ostream_sink_st>(log_text)),
        log("test", sink),
        api({io.get_executor(), http, clock, observer, leadership, log, [] { return 0.5; }, nullptr,
             std::move(told)},
            std::move(given)) {
    log.set_level(spdlog::level::debug);
    asio::co_spawn(io, api.run(), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
  }

  Expectation& sdk(const std::string& method) {
    return http.expect("POST", "/sdk").body_contains("<" + method + " ");
  }
  Expectation& cns(const std::string& method) {
    return http.expect("POST", "/vsanHealth").body_contains("<" + method + " ");
  }

  Expectation& pbm(const std::string& method) {
    return http.expect("POST", "/pbm").body_contains("<" + method + " ");
  }

  void script_login(const std::string& cookie = "\"52a1-uuid\"") {
    sdk("RetrieveServiceContent").reply(200, service_content());
    http.expect("GET", "/sdk/vsanServiceVersions.xml").reply(200, versions_file());
    sdk("Login").reply(200, login_answer(),
                       {{"Set-Cookie", "vmware_soap_session=" + cookie + "; Path=/; HttpOnly"}});
  }
  void script_view(const std::string& name = "1") {
    sdk("CreatePropertyCollector")
        .reply(200, reference_answer("CreatePropertyCollector", "PropertyCollector", "pc-" + name));
    sdk("CreateListView").reply(200, reference_answer("CreateListView", "ListView", "lv-" + name));
    sdk("CreateFilter").reply(200, reference_answer("CreateFilter", "PropertyFilter", "pf"));
  }
  Expectation& script_modify(const std::string& part = "") {
    return sdk("ModifyListView").body_contains(part).reply(200, answer("ModifyListView", ""));
  }
  Expectation& script_news(const std::string& objects, const std::string& version = "1") {
    return sdk("WaitForUpdatesEx").reply(200, news(version, objects));
  }
  // The first update of a session, in its shortest form.
  void script_update(const std::string& volume, const std::string& task) {
    cns("CnsUpdateVolumeMetadata").body_contains(volume).reply(200, task_answer(task));
    script_modify(task);
    script_news(acknowledged(task, volume));
  }

  // Any write whose task ends with that TaskInfo; `info` names task-1.
  void script_write(const std::string& method, const std::string& info) {
    cns(method).reply(200, reference_answer(method, "Task", "task-1"));
    script_view();
    script_modify("task-1");
    script_news(info);
  }

  // Starts a call; the value appears when it has ended.
  template <class T>
  std::shared_ptr<std::optional<T>> start(asio::awaitable<T> call) {
    auto result = std::make_shared<std::optional<T>>();
    asio::co_spawn(io, std::move(call), [result](std::exception_ptr failure, T value) {
      if (failure) std::rethrow_exception(failure);
      *result = std::move(value);
    });
    clock.settle();
    return result;
  }
  void start(asio::awaitable<void> call) {
    asio::co_spawn(io, std::move(call), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
    clock.settle();
  }
  std::shared_ptr<std::optional<WriteResult>> update(const std::string& volume) {
    return start(api.update(update_of(volume)));
  }

  std::size_t count(const std::string& method) const {
    std::size_t found = 0;
    for (const HttpRequest& request : http.requests())
      found += request.body.find("<" + method + " ") != std::string::npos ? 1U : 0U;
    return found;
  }
  // Methods in the order they arrived; the version file is "versions".
  std::vector<std::string> methods() const {
    std::vector<std::string> names;
    for (const HttpRequest& request : http.requests()) {
      const std::size_t body = request.body.find(":Body><");
      if (body == std::string::npos) {
        names.emplace_back("versions");
        continue;
      }
      const std::size_t from = body + 7;
      names.push_back(request.body.substr(from, request.body.find(' ', from) - from));
    }
    return names;
  }

  asio::io_context io;
  FakeClock clock{io};
  ScriptedHttp http{io.get_executor(), clock};
  CountingObserver observer;
  FakeLeadership leadership;
  std::ostringstream log_text;
  std::shared_ptr<spdlog::sinks::sink> sink;
  spdlog::logger log;
  SoapCnsApi api;
};

} // namespace syncer::script
