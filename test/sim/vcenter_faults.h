#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace syncer::sim {

struct ManagedRef {
  std::string type;
  std::string id;

  bool operator==(const ManagedRef&) const = default;
};

// Where a failing CNS call shows its fault.
enum class FaultPlace { kSoapFault, kTaskError, kResultEntry };

// One fault as vCenter would raise it. `fields` is ready XML: the fields of the type, in order.
struct SimFault {
  std::string type;
  std::string message;
  std::string fields;
};

SimFault not_authenticated(const ManagedRef& object, std::string_view privilege = "System.View");
SimFault invalid_login();
SimFault managed_object_not_found(const ManagedRef& object);
SimFault invalid_request(std::string message);
SimFault method_not_found(const ManagedRef& receiver, std::string_view method);
SimFault invalid_argument(std::string_view property, std::string message);
SimFault invalid_property(std::string_view name);
SimFault plain_fault(std::string type, std::string message);
// A fault of any type with the fields that type has, for faults ordered by tests.
SimFault fault_for_volume(std::string_view type, std::string_view volume_id);

// <soapenv:Fault>...</soapenv:Fault>
void append_soap_fault(std::string& out, const SimFault& fault);
// The same from another service than vim25 itself: with its prefix on everything.
void append_prefixed_soap_fault(std::string& out, const SimFault& fault);
// <element><fault xsi:type="...">...</fault><localizedMessage>...</localizedMessage></element>
void append_localized_fault(std::string& out, std::string_view element, const SimFault& fault);

} // namespace syncer::sim
