#include "cns/soap.h"

#include <charconv>
#include <cstdint>

namespace syncer {

namespace {

constexpr std::string_view kHead = R"(<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope )"
                                   R"(xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" )"
                                   R"(xmlns:xsd="http://www.w3.org/2001/XMLSchema" )"
                                   R"(xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">)";
constexpr std::string_view kBody = "<soapenv:Body><";
constexpr std::string_view kTail = "></soapenv:Body></soapenv:Envelope>";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

constexpr std::size_t kMaxAnswer = 256U * 1024U * 1024U;
constexpr int kMaxDepth = 64;

// Length of the well-formed UTF-8 sequence at the front that XML allows, or 0.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (length == 0 || first > 0xF4 || text.size() < length) return 0;
  std::uint32_t code = first & (0xFFU >> (length + 1));
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xC0U) != 0x80U) return 0;
    code = (code << 6U) | (byte(at) & 0x3FU);
  }
  if (length == 3 && code < 0x800) return 0;
  if (length == 4 && (code < 0x10000 || code > 0x10FFFF)) return 0;
  if (code >= 0xD800 && code <= 0xDFFF) return 0;
  if (code == 0xFFFE || code == 0xFFFF) return 0;
  return length;
}

bool plain(unsigned char c) {
  return c >= 0x20 && c < 0x7F && c != '&' && c != '<' && c != '>' && c != '"' && c != '\'';
}

// Appends one character that is not plain and returns its length in the input.
std::size_t append_special(std::string& out, std::string_view text) {
  switch (text[0]) {
    case '&':
      out += "&amp;";
      return 1;
    case '<':
      out += "&lt;";
      return 1;
    case '>':
      out += "&gt;";
      return 1;
    case '"':
      out += "&quot;";
      return 1;
    case '\'':
      out += "&apos;";
      return 1;
    // As they are, a reader would turn \r into \n, and all three into blanks inside an attribute.
    case '\t':
      out += "&#9;";
      return 1;
    case '\n':
      out += "&#10;";
      return 1;
    case '\r':
      out += "&#13;";
      return 1;
    case 0x7F:
      out += text[0];
      return 1;
    default:
      break;
  }
  const std::size_t length = sequence_length(text);
  if (length == 0) {
    out += kReplacement;
    return 1;
  }
  out += text.substr(0, length);
  return length;
}

// Element names nest without recursion here, so a hostile depth costs nothing but this walk.
bool too_deep(pugi::xml_node root) {
  pugi::xml_node node = root.first_child();
  int depth = 1;
  while (node) {
    if (node.first_child()) {
      node = node.first_child();
      if (++depth > kMaxDepth) return true;
      continue;
    }
    while (node && !node.next_sibling()) {
      node = node.parent();
      if (--depth < 1) return false;
    }
    if (node) node = node.next_sibling();
  }
  return false;
}

Error not_soap(std::string_view why) {
  Error error;
  error.detail = "the answer is not SOAP: ";
  error.detail += why;
  return error;
}

// What a fault says beside its type and text.
void read_fault_fields(pugi::xml_node fault, SoapFault& read) {
  if (const pugi::xml_node object = child_of(fault, "obj")) read.object = reference_of(object);
  read.volume = text_of(child_of(fault, "volumeId"), "id");
}

// Only the element children count: pretty-printed answers have text between them.
pugi::xml_node first_element(pugi::xml_node parent) {
  for (const pugi::xml_node& node : parent.children()) {
    if (node.type() == pugi::node_element) return node;
  }
  return pugi::xml_node();
}

SoapFault read_call_fault(pugi::xml_node fault) {
  SoapFault read;
  read.text = text_of(fault, "faultstring");
  const pugi::xml_node detail = first_element(child_of(fault, "detail"));
  if (!detail) return read;
  read.type = xsi_type(detail);
  if (read.type.empty()) {
    std::string_view name = local_name(detail.name());
    constexpr std::string_view kSuffix = "Fault";
    // CnsFault and its kind carry the suffix in the type name itself, and may carry it twice here.
    const bool part_of_type = name.starts_with("Cns") && !name.ends_with("FaultFault");
    if (name.size() > kSuffix.size() && name.ends_with(kSuffix) && !part_of_type)
      name.remove_suffix(kSuffix.size());
    read.type = name;
  }
  read_fault_fields(detail, read);
  if (read.text.empty()) read.text = text_of(detail, "reason");
  return read;
}

} // namespace

void append_escaped(std::string& out, std::string_view text) {
  std::size_t from = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    if (plain(static_cast<unsigned char>(text[at]))) {
      ++at;
      continue;
    }
    out += text.substr(from, at - from);
    at += append_special(out, text.substr(at));
    from = at;
  }
  out += text.substr(from);
}

SoapWriter::SoapWriter(std::string_view method, std::string_view body_namespace,
                       const ManagedRef& self)
    : method_(method) {
  out_.reserve(2048);
  out_ += kHead;
  out_ += kBody;
  out_ += method;
  out_ += " xmlns=\"";
  out_ += body_namespace;
  out_ += "\">";
  reference("_this", self);
}

void SoapWriter::open(std::string_view tag) {
  out_ += '<';
  out_ += tag;
  out_ += '>';
}

void SoapWriter::open_typed(std::string_view tag, std::string_view xsi_type) {
  out_ += '<';
  out_ += tag;
  out_ += " xsi:type=\"";
  append_escaped(out_, xsi_type);
  out_ += "\">";
}

void SoapWriter::close(std::string_view tag) {
  out_ += "</";
  out_ += tag;
  out_ += '>';
}

void SoapWriter::text(std::string_view tag, std::string_view value) {
  open(tag);
  append_escaped(out_, value);
  close(tag);
}

void SoapWriter::flag(std::string_view tag, bool value) { text(tag, value ? "true" : "false"); }

void SoapWriter::number(std::string_view tag, long long value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value);
  text(tag, std::string_view(digits, static_cast<std::size_t>(end.ptr - digits)));
}

void SoapWriter::reference(std::string_view tag, const ManagedRef& ref) {
  reference(tag, ref.type, ref.id);
}

void SoapWriter::reference(std::string_view tag, std::string_view type, std::string_view id) {
  out_ += '<';
  out_ += tag;
  out_ += " type=\"";
  append_escaped(out_, type);
  out_ += "\">";
  append_escaped(out_, id);
  close(tag);
}

void SoapWriter::empty(std::string_view tag) {
  out_ += '<';
  out_ += tag;
  out_ += "/>";
}

std::string SoapWriter::finish() {
  out_ += "</";
  out_ += method_;
  out_ += kTail;
  return std::move(out_);
}

std::string with_header(std::string envelope, const SoapHeader& header) {
  std::string text = "<soapenv:Header>";
  const auto add = [&](const char* tag, std::string_view value) {
    if (value.empty()) return;
    text.append("<").append(tag).append(">");
    append_escaped(text, value);
    text.append("</").append(tag).append(">");
  };
  add("operationID", header.operation_id);
  add("vcSessionCookie", header.session);
  text += "</soapenv:Header>";
  return envelope.insert(kHead.size(), text);
}

std::string_view local_name(std::string_view qualified) {
  const std::size_t colon = qualified.rfind(':');
  return colon == std::string_view::npos ? qualified : qualified.substr(colon + 1);
}

pugi::xml_node child_of(pugi::xml_node parent, std::string_view name) {
  for (const pugi::xml_node& node : parent.children()) {
    if (node.type() == pugi::node_element && local_name(node.name()) == name) return node;
  }
  return pugi::xml_node();
}

pugi::xml_node next_same(pugi::xml_node node) {
  const std::string_view name = local_name(node.name());
  for (node = node.next_sibling(); node; node = node.next_sibling()) {
    if (node.type() == pugi::node_element && local_name(node.name()) == name) return node;
  }
  return pugi::xml_node();
}

std::string_view text_of(pugi::xml_node node) { return node.child_value(); }

std::string_view text_of(pugi::xml_node parent, std::string_view name) {
  return text_of(child_of(parent, name));
}

bool flag_of(pugi::xml_node parent, std::string_view name) {
  const std::string_view text = text_of(parent, name);
  return text == "true" || text == "1";
}

long long number_of(pugi::xml_node parent, std::string_view name, long long absent) {
  const std::string_view text = text_of(parent, name);
  long long value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  return end.ec == std::errc() && end.ptr == text.data() + text.size() ? value : absent;
}

std::string_view xsi_type(pugi::xml_node node) {
  for (const pugi::xml_attribute& attribute : node.attributes()) {
    if (std::string_view(attribute.name()).ends_with(":type")) return local_name(attribute.value());
  }
  return std::string_view();
}

ManagedRef reference_of(pugi::xml_node node) {
  ManagedRef ref;
  ref.type = local_name(node.attribute("type").value());
  ref.id = text_of(node);
  return ref;
}

SoapFault read_fault(pugi::xml_node localized, FaultPlace place) {
  SoapFault read;
  read.place = place;
  const pugi::xml_node fault = child_of(localized, "fault");
  read.type = xsi_type(fault);
  read.text = text_of(localized, "localizedMessage");
  read_fault_fields(fault, read);
  for (const char* field : {"reason", "invalidProperty", "privilegeId"}) {
    const std::string_view more = text_of(fault, field);
    if (more.empty() || read.text.find(more) != std::string::npos) continue;
    if (!read.text.empty()) read.text += ": ";
    read.text += more;
  }
  return read;
}

Outcome<Done> parse_limited(std::string& buffer, pugi::xml_document& document) {
  if (buffer.size() > kMaxAnswer) return not_soap("too large");
  constexpr unsigned kFlags =
      pugi::parse_default | pugi::parse_doctype | pugi::parse_ws_pcdata_single;
  const pugi::xml_parse_result parsed =
      document.load_buffer_inplace(buffer.data(), buffer.size(), kFlags, pugi::encoding_utf8);
  if (!parsed) return not_soap(parsed.description());
  for (const pugi::xml_node& node : document.children()) {
    if (node.type() == pugi::node_doctype) return not_soap("it has a document type");
  }
  if (too_deep(document)) return not_soap("nested too deeply");
  return Done();
}

Outcome<std::shared_ptr<const SoapAnswer>> SoapAnswer::parse(std::string body, std::string trace) {
  auto answer = std::make_shared<SoapAnswer>();
  answer->trace_ = std::move(trace);
  answer->buffer_ = std::move(body);
  if (const Outcome<Done> parsed = parse_limited(answer->buffer_, answer->document_); !parsed)
    return parsed.error();
  const pugi::xml_node content =
      first_element(child_of(child_of(answer->document_, "Envelope"), "Body"));
  if (!content) return not_soap("no Envelope with a Body");
  if (local_name(content.name()) == "Fault") {
    answer->has_fault_ = true;
    answer->fault_ = read_call_fault(content);
    answer->fault_.trace = answer->trace_;
  } else {
    answer->response_ = content;
  }
  return std::shared_ptr<const SoapAnswer>(std::move(answer));
}

} // namespace syncer
