#include "sim/vcenter_state.h"
#include "sim/vcenter_xml.h"

namespace syncer::sim {

Answer VcenterState::retrieve_service_content(Context&) {
  std::string out = "<returnval>";
  append_moref(out, "rootFolder", "Folder", "group-d1");
  append_moref(out, "propertyCollector", "PropertyCollector", "propertyCollector");
  append_moref(out, "viewManager", "ViewManager", "ViewManager");
  out += "<about><name>VMware vCenter Server</name>";
  append_element(out, "fullName", "VMware vCenter Server " + options.about_version + " build-1");
  out += "<vendor>VMware, Inc.</vendor>";
  append_element(out, "version", options.about_version);
  out +=
      "<build>1</build><localeVersion>INTL</localeVersion><localeBuild>000</localeBuild>"
      "<osType>linux-x64</osType><productLineId>vpx</productLineId>"
      "<apiType>VirtualCenter</apiType>";
  append_element(out, "apiVersion", options.api_version);
  append_element(out, "instanceUuid", options.instance_uuid);
  out +=
      "<licenseProductName>VMware VirtualCenter Server</licenseProductName>"
      "<licenseProductVersion>8.0</licenseProductVersion></about>";
  append_moref(out, "setting", "OptionManager", "VpxSettings");
  append_moref(out, "sessionManager", "SessionManager", "SessionManager");
  append_moref(out, "authorizationManager", "AuthorizationManager", "AuthorizationManager");
  append_moref(out, "taskManager", "TaskManager", "TaskManager");
  append_moref(out, "searchIndex", "SearchIndex", "SearchIndex");
  append_moref(out, "vStorageObjectManager", "VcenterVStorageObjectManager",
               "VStorageObjectManager");
  return out + "</returnval>";
}

Answer VcenterState::current_time(Context&) {
  return "<returnval>" + utc_text(std::chrono::system_clock::now()) + "</returnval>";
}

Answer VcenterState::login(Context& context) {
  if (context.session) {
    record.violation("Login on a session that is logged in");
    return invalid_login();
  }
  SimSession* session = sessions.login(
      text_of(context.call.element, "userName"), text_of(context.call.element, "password"),
      std::chrono::steady_clock::now(), std::chrono::system_clock::now());
  if (!session) return invalid_login();
  session->address = "127.0.0.1";
  session->user_agent = header(context.request.headers, "User-Agent");
  context.session = session;
  Answer answer("<returnval>" + user_session(*session) + "</returnval>");
  answer.cookie = "vmware_soap_session=" + session->cookie + "; Path=/; HttpOnly; Secure; ";
  return answer;
}

Answer VcenterState::logout(Context& context) {
  sessions.end(std::string(context.session->key));
  context.session = nullptr;
  return std::string();
}

Answer VcenterState::session_is_active(Context& context) {
  const SimSession* session = sessions.find_key(text_of(context.call.element, "sessionID"));
  const bool active =
      session && session->user == canonical_user(text_of(context.call.element, "userName"));
  return std::string(active ? "<returnval>true</returnval>" : "<returnval>false</returnval>");
}

Answer VcenterState::terminate_session(Context& context) {
  for (const std::string& key : texts_of(context.call.element, "sessionId")) {
    if (key == context.session->key) {
      return invalid_argument("sessionId", "A session cannot terminate itself.");
    }
    if (!sessions.end(key)) return plain_fault("NotFound", "The session is not known.");
  }
  return std::string();
}

std::string user_session(const SimSession& session) {
  std::string out;
  append_element(out, "key", session.key);
  append_element(out, "userName", session.user);
  append_element(out, "fullName", session.user);
  append_element(out, "loginTime", utc_text(session.login_time));
  append_element(out, "lastActiveTime", utc_text(session.last_active_wall));
  out +=
      "<locale>en</locale><messageLocale>en</messageLocale>"
      "<extensionSession>false</extensionSession>";
  append_element(out, "ipAddress", session.address);
  append_element(out, "userAgent", session.user_agent);
  append_element(out, "callCount", static_cast<std::int64_t>(session.calls));
  return out;
}

} // namespace syncer::sim
