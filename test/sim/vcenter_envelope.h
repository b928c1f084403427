#pragma once

#include <memory>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "sim/vcenter_faults.h"
#include "sim/vcenter_schema.h"

namespace syncer::sim {

// One method call as read from a request, already checked against the schema.
struct SoapCall {
  std::unique_ptr<pugi::xml_document> document;
  pugi::xml_node element; // of the method; its children are the parameters
  const VcenterSchema::Method* method = nullptr;
  ManagedRef self;
  std::size_t version = 0;    // rank of the vSAN version negotiated for this request
  std::string session_header; // vcSessionCookie of the SOAP Header; empty: none
  bool reads_vsan = false;    // SOAPAction names urn:vsan: the answer may hold Cns* types
};

// Reads the body of a POST to that endpoint. `server_version` is the rank of the server's own
// version, used whenever the SOAPAction names none that the server knows.
std::variant<SoapCall, SimFault> read_call(std::string_view body, std::string_view soap_action,
                                           Endpoint endpoint, std::size_t server_version);

// Name of the method in a body, read without any check; for counting and for ordered faults.
std::string method_name_of(std::string_view body);

// A whole answer around the inner XML of the Body.
std::string envelope(std::string_view inner);
std::string response_envelope(std::string_view method, Endpoint endpoint, std::string_view inner);

} // namespace syncer::sim
