#include "sim/vcenter_faults.h"

#include "sim/vcenter_xml.h"

namespace syncer::sim {

namespace {

bool is_cns_type(std::string_view type) { return type.substr(0, 3) == "Cns"; }

} // namespace

SimFault not_authenticated(const ManagedRef& object, std::string_view privilege) {
  SimFault fault{"NotAuthenticated", "The session is not authenticated.", {}};
  append_moref(fault.fields, "object", object.type, object.id);
  append_element(fault.fields, "privilegeId", privilege);
  return fault;
}

SimFault invalid_login() {
  return {"InvalidLogin", "Cannot complete login due to an incorrect user name or password.", {}};
}

SimFault managed_object_not_found(const ManagedRef& object) {
  SimFault fault{"ManagedObjectNotFound",
                 "The object '" + object.type + ":" + object.id +
                     "' has already been deleted or has not been completely created",
                 {}};
  append_moref(fault.fields, "obj", object.type, object.id);
  return fault;
}

SimFault invalid_request(std::string message) { return {"InvalidRequest", std::move(message), {}}; }

SimFault method_not_found(const ManagedRef& receiver, std::string_view method) {
  SimFault fault{"MethodNotFound",
                 "The method '" + std::string(method) + "' was not found on " + receiver.type,
                 {}};
  append_moref(fault.fields, "receiver", receiver.type, receiver.id);
  append_element(fault.fields, "method", method);
  return fault;
}

SimFault invalid_argument(std::string_view property, std::string message) {
  SimFault fault{"InvalidArgument", std::move(message), {}};
  append_element(fault.fields, "invalidProperty", property);
  return fault;
}

SimFault invalid_property(std::string_view name) {
  SimFault fault{"InvalidProperty", "The property is not valid: " + std::string(name), {}};
  append_element(fault.fields, "name", name);
  return fault;
}

SimFault plain_fault(std::string type, std::string message) {
  return {std::move(type), std::move(message), {}};
}

SimFault fault_for_volume(std::string_view type, std::string_view volume_id) {
  const std::string message = std::string(type) + " for volume " + std::string(volume_id);
  if (type == "InvalidArgument") return invalid_argument("volumeId", message);
  if (type == "ManagedObjectNotFound") {
    return managed_object_not_found({"CnsVolumeManager", "cns-volume-manager"});
  }
  if (type == "NotAuthenticated" || type == "NoPermission") {
    SimFault fault = not_authenticated({"CnsVolumeManager", "cns-volume-manager"});
    fault.type = type;
    fault.message = message;
    return fault;
  }
  SimFault fault = plain_fault(std::string(type), message);
  if (type == "SystemError") append_element(fault.fields, "reason", message);
  if (!is_cns_type(type)) return fault;
  append_element(fault.fields, "reason", message);
  if (type == "CnsFault") return fault;
  fault.fields += "<volumeId>";
  append_element(fault.fields, "id", volume_id);
  fault.fields += "</volumeId>";
  return fault;
}

void append_soap_fault(std::string& out, const SimFault& fault) {
  out += "<soapenv:Fault><faultcode>ServerFaultCode</faultcode>";
  append_element(out, "faultstring", fault.message);
  out += "<detail><" + fault.type + "Fault xmlns=\"";
  out += is_cns_type(fault.type) ? "urn:vsan" : "urn:vim25";
  out += "\" xsi:type=\"" + fault.type + "\">" + fault.fields;
  out += "</" + fault.type + "Fault></detail></soapenv:Fault>";
}

void append_prefixed_soap_fault(std::string& out, const SimFault& fault) {
  std::string fields;
  for (std::size_t i = 0; i < fault.fields.size(); ++i) {
    fields += fault.fields[i];
    if (fault.fields[i] != '<') continue;
    if (fault.fields[i + 1] == '/') fields += fault.fields[++i];
    fields += "vim25:";
  }
  out += "<soapenv:Fault><faultcode>ServerFaultCode</faultcode>";
  append_element(out, "faultstring", fault.message);
  out += "<detail><vim25:" + fault.type + "Fault xmlns:vim25=\"urn:vim25\" xsi:type=\"vim25:";
  out += fault.type + "\">" + fields + "</vim25:" + fault.type + "Fault></detail></soapenv:Fault>";
}

void append_localized_fault(std::string& out, std::string_view element, const SimFault& fault) {
  out += '<';
  out += element;
  out += "><fault xsi:type=\"" + fault.type + "\">" + fault.fields + "</fault>";
  append_element(out, "localizedMessage", fault.message);
  out += "</";
  out += element;
  out += '>';
}

} // namespace syncer::sim
