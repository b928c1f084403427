// cns: all of vCenter. soap.h: XML out and in, without any I/O.
#pragma once

#include <memory>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/outcome.h"

namespace syncer {

// A managed object: <tag type="Task">task-42</tag> on the wire.
struct ManagedRef {
  std::string type;
  std::string id;
  bool operator==(const ManagedRef&) const = default;
};

// Appends `text` for use between tags or in quotes. What XML 1.0 forbids (most control characters,
// U+FFFE, U+FFFF) and bytes that are not UTF-8 become U+FFFD, one for each byte or character.
void append_escaped(std::string& out, std::string_view text);

// Writes one request envelope from front to back into one string. Tags are literals of the codec
// and are not escaped; values are.
class SoapWriter {
 public:
  // `body_namespace` is urn:vim25 for /sdk, urn:vsan for /vsanHealth.
  SoapWriter(std::string_view method, std::string_view body_namespace, const ManagedRef& self);

  void open(std::string_view tag);
  void open_typed(std::string_view tag, std::string_view xsi_type);
  void close(std::string_view tag);
  void text(std::string_view tag, std::string_view value);
  void flag(std::string_view tag, bool value);
  void number(std::string_view tag, long long value);
  void reference(std::string_view tag, const ManagedRef& ref);
  void reference(std::string_view tag, std::string_view type, std::string_view id);
  // An empty element.
  void empty(std::string_view tag);
  // The complete envelope; the writer is used up.
  std::string finish();

 private:
  std::string out_;
  std::string method_;
};

// What a request says beside its body; what is empty is left out.
struct SoapHeader {
  std::string_view operation_id; // free text for the server's logs
  std::string_view session;      // by which an end point that shares no cookie knows the session
};
// A finished envelope with that header.
std::string with_header(std::string envelope, const SoapHeader& header);

// Reading: names are compared without their prefix.
std::string_view local_name(std::string_view qualified);
pugi::xml_node child_of(pugi::xml_node parent, std::string_view name);
// Text of a child; empty when the child is absent.
std::string_view text_of(pugi::xml_node parent, std::string_view name);
std::string_view text_of(pugi::xml_node node);
bool flag_of(pugi::xml_node parent, std::string_view name); // true or 1
long long number_of(pugi::xml_node parent, std::string_view name, long long absent);
// Value of the attribute whose name ends in ":type", without its prefix; empty when absent.
std::string_view xsi_type(pugi::xml_node node);
ManagedRef reference_of(pugi::xml_node node);
// The next sibling element with the same local name, or none.
pugi::xml_node next_same(pugi::xml_node node);

// Where a failure was reported.
enum class FaultPlace { kCall, kTask, kVolume };

// A fault in any of its places: of the call itself, of a task, of one volume's result.
struct SoapFault {
  FaultPlace place = FaultPlace::kCall;
  std::string type;   // NotAuthenticated, CnsFault, ...; empty when the server named none
  std::string text;   // for people; may be empty
  ManagedRef object;  // the object named by ManagedObjectNotFound and such; may be empty
  std::string volume; // the volume named by CnsAlreadyRegisteredFault and such; may be empty
  std::string trace;  // of the call or the task, see Error
};

// Reads a LocalizedMethodFault element: type, text and the object it names.
SoapFault read_fault(pugi::xml_node localized, FaultPlace place);

// One parsed answer. Nodes are valid as long as the answer lives.
class SoapAnswer {
 public:
  // Takes the body over and parses it in place. kTransient for anything that is not a SOAP
  // envelope, has a document type, nests too deeply or is too large: the transport is at fault.
  // `trace` is that of the call.
  static Outcome<std::shared_ptr<const SoapAnswer>> parse(std::string body, std::string trace = {});

  // Null for an answer without fault.
  const SoapFault* fault() const { return has_fault_ ? &fault_ : nullptr; }
  // The <...Response> element; empty node for a fault.
  pugi::xml_node response() const { return response_; }
  const std::string& trace() const { return trace_; }
  // The first returnval; empty node when the method returned nothing.
  pugi::xml_node result() const { return child_of(response_, "returnval"); }

  SoapAnswer() = default;
  SoapAnswer(const SoapAnswer&) = delete;
  SoapAnswer& operator=(const SoapAnswer&) = delete;

 private:
  std::string buffer_;
  pugi::xml_document document_;
  pugi::xml_node response_;
  SoapFault fault_;
  std::string trace_;
  bool has_fault_ = false;
};

// Parses a document that is not SOAP (the version files) under the same limits.
Outcome<Done> parse_limited(std::string& buffer, pugi::xml_document& document);

} // namespace syncer
