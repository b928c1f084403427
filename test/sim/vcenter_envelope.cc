#include "sim/vcenter_envelope.h"

#include <algorithm>

#include "sim/vcenter_versions.h"
#include "sim/vcenter_xml.h"

namespace syncer::sim {

namespace {

constexpr std::string_view kSoap = "http://schemas.xmlsoap.org/soap/envelope/";
constexpr std::string_view kHead =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<soapenv:Envelope xmlns:soapenc=\"http://schemas.xmlsoap.org/soap/encoding/\" "
    "xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" "
    "xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" "
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n<soapenv:Body>\n";
constexpr std::string_view kTail = "\n</soapenv:Body>\n</soapenv:Envelope>";

bool is_soap(pugi::xml_node node, std::string_view name) {
  return node && local_name(node.name()) == name && namespace_of(node, node.name()) == kSoap;
}

pugi::xml_node only_child(pugi::xml_node parent) {
  pugi::xml_node only;
  for (pugi::xml_node child : parent.children()) {
    if (child.type() != pugi::node_element) continue;
    if (only) return {};
    only = child;
  }
  return only;
}

pugi::xml_node body_of(pugi::xml_node root) {
  for (pugi::xml_node child : root.children()) {
    if (is_soap(child, "Body")) return child;
    if (child.type() == pugi::node_element && !is_soap(child, "Header")) return {};
  }
  return {};
}

// In any namespace, or none.
std::string session_header_of(pugi::xml_node root) {
  for (pugi::xml_node child : root.children()) {
    if (!is_soap(child, "Header")) continue;
    for (pugi::xml_node entry : child.children()) {
      if (local_name(entry.name()) == "vcSessionCookie") return entry.child_value();
    }
  }
  return {};
}

std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

bool has_doctype(const pugi::xml_document& document) {
  for (const pugi::xml_node& node : document.children()) {
    if (node.type() == pugi::node_doctype) return true;
  }
  return false;
}

// The SOAPAction selects the version; one the server does not know selects its own.
std::size_t negotiated(std::string_view action, std::size_t server_version) {
  constexpr std::string_view kPrefix = "urn:vsan/";
  if (action.substr(0, kPrefix.size()) != kPrefix) return server_version;
  const std::string_view version = action.substr(kPrefix.size());
  if (!is_vsan_version(version)) return server_version;
  return std::min(vsan_rank(version), server_version);
}

} // namespace

std::variant<SoapCall, SimFault> read_call(std::string_view body, std::string_view soap_action,
                                           Endpoint endpoint, std::size_t server_version) {
  if (const std::string_view illegal = illegal_text(body); !illegal.empty()) {
    return invalid_request("XML parse error: " + std::string(illegal));
  }
  SoapCall call;
  call.document = std::make_unique<pugi::xml_document>();
  const unsigned flags = pugi::parse_default | pugi::parse_ws_pcdata_single | pugi::parse_doctype;
  const pugi::xml_parse_result parsed =
      call.document->load_buffer(body.data(), body.size(), flags, pugi::encoding_utf8);
  if (!parsed) return invalid_request("XML parse error: " + std::string(parsed.description()));
  if (has_doctype(*call.document)) return invalid_request("XML document type is not allowed");
  const pugi::xml_node root = call.document->document_element();
  if (!is_soap(root, "Envelope")) return invalid_request("The root element is no SOAP Envelope");
  call.element = only_child(body_of(root));
  call.session_header = session_header_of(root);
  if (!call.element) return invalid_request("The SOAP Body must hold exactly one method element");

  const std::string name(local_name(call.element.name()));
  const std::string_view space = namespace_of(call.element, call.element.name());
  const std::string_view wanted = namespace_of(endpoint);
  if (space != wanted) {
    return invalid_request("Namespace \"" + std::string(space) + "\" of method " + name +
                           " is not valid here, expected \"" + std::string(wanted) + "\"");
  }
  call.method = VcenterSchema::instance().find_method(name);
  if (!call.method || call.method->endpoint != endpoint) {
    return invalid_request("Unable to resolve WSDL method name " + name);
  }
  const std::string_view action = unquoted(soap_action);
  call.reads_vsan = action.substr(0, 9) == "urn:vsan/";
  call.version = negotiated(action, server_version);

  // `_this` is looked at first: a call to a method the server lacks is MethodNotFound whatever its
  // parameters are.
  const pugi::xml_node self = call.element.first_child();
  if (local_name(self.name()) != "_this" || !self.attribute("type")) {
    return invalid_request("Element _this with attribute \"type\" is missing in " + name);
  }
  call.self = {self.attribute("type").value(), self.child_value()};
  if (call.method->since > call.version) return method_not_found(call.self, name);
  if (auto fault = VcenterSchema::instance().check(*call.method, call.element, call.version)) {
    return *std::move(fault);
  }
  return call;
}

std::string method_name_of(std::string_view body) {
  std::size_t at = body.find("Body>");
  if (at == std::string_view::npos) at = body.find("Body ");
  if (at == std::string_view::npos) return {};
  at = body.find('<', at);
  if (at == std::string_view::npos) return {};
  const std::size_t end = body.find_first_of(" />\t\r\n", at + 1);
  if (end == std::string_view::npos) return {};
  return std::string(local_name(body.substr(at + 1, end - at - 1)));
}

std::string envelope(std::string_view inner) {
  std::string out;
  out.reserve(kHead.size() + inner.size() + kTail.size());
  out += kHead;
  out += inner;
  out += kTail;
  return out;
}

std::string response_envelope(std::string_view method, Endpoint endpoint, std::string_view inner) {
  std::string out;
  out.reserve(kHead.size() + inner.size() + kTail.size() + 2 * method.size() + 64);
  out += kHead;
  out += '<';
  out += method;
  out += "Response xmlns=\"";
  out += namespace_of(endpoint);
  out += "\">";
  out += inner;
  out += "</";
  out += method;
  out += "Response>";
  out += kTail;
  return out;
}

} // namespace syncer::sim
