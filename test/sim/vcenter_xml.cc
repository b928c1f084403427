#include "sim/vcenter_xml.h"

#include <charconv>
#include <cstdio>
#include <ctime>

namespace syncer::sim {

namespace {

bool is_reference(std::string_view text) {
  const std::size_t end = text.find(';');
  if (end == std::string_view::npos || end > 10) return false;
  const std::string_view name = text.substr(1, end - 1);
  if (name == "amp" || name == "lt" || name == "gt" || name == "quot" || name == "apos")
    return true;
  if (name.size() < 2 || name[0] != '#') return false;
  const bool hex = name[1] == 'x';
  const std::string_view digits = name.substr(hex ? 2 : 1);
  std::uint32_t code = 0;
  const char* last = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), last, code, hex ? 16 : 10);
  if (error != std::errc() || stop != last || digits.empty()) return false;
  if (code < 0x20) return code == 9 || code == 10 || code == 13;
  return (code < 0xd800 || code > 0xdfff) && code != 0xfffe && code != 0xffff && code <= 0x10ffff;
}

// Length of the UTF-8 sequence at the start of `text`, 0 when it is not one.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0xc2   ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  if ((lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xed && byte(1) > 0x9f)) return 0;
  if ((lead == 0xf0 && byte(1) < 0x90) || (lead == 0xf4 && byte(1) > 0x8f)) return 0;
  return length;
}

} // namespace

void append_escaped(std::string& out, std::string_view text) {
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string_view replacement;
    switch (text[i]) {
      case '&':
        replacement = "&amp;";
        break;
      case '<':
        replacement = "&lt;";
        break;
      case '>':
        replacement = "&gt;";
        break;
      case '"':
        replacement = "&quot;";
        break;
      case '\r':
        replacement = "&#xD;";
        break;
      default:
        continue;
    }
    out.append(text, from, i - from);
    out += replacement;
    from = i + 1;
  }
  out.append(text, from);
}

void append_element(std::string& out, std::string_view name, std::string_view text) {
  out += '<';
  out += name;
  out += '>';
  append_escaped(out, text);
  out += "</";
  out += name;
  out += '>';
}

void append_element(std::string& out, std::string_view name, std::int64_t number) {
  append_element(out, name, std::string_view(std::to_string(number)));
}

void append_moref(std::string& out, std::string_view element, std::string_view type,
                  std::string_view id) {
  out += '<';
  out += element;
  out += " type=\"";
  append_escaped(out, type);
  out += "\">";
  append_escaped(out, id);
  out += "</";
  out += element;
  out += '>';
}

std::string utc_text(std::chrono::system_clock::time_point when) {
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(when.time_since_epoch()).count();
  const std::time_t seconds = static_cast<std::time_t>(micros / 1'000'000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[64];
  const int length = std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ",
                                   utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                                   utc.tm_min, utc.tm_sec, static_cast<int>(micros % 1'000'000));
  return std::string(text, static_cast<std::size_t>(length));
}

std::string_view illegal_text(std::string_view body) {
  for (std::size_t i = 0; i < body.size();) {
    const unsigned char c = static_cast<unsigned char>(body[i]);
    if (c >= 0x80) {
      const std::size_t length = sequence_length(body.substr(i));
      if (length == 0) return "invalid UTF-8";
      i += length;
      continue;
    }
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') return "control character";
    if (c == '&' && !is_reference(body.substr(i))) return "invalid reference";
    ++i;
  }
  return {};
}

std::string_view text_of(pugi::xml_node parent, const char* name) {
  return parent.child(name).child_value();
}

std::vector<std::string> texts_of(pugi::xml_node parent, const char* name) {
  std::vector<std::string> texts;
  for (const pugi::xml_node& node : parent.children(name)) texts.emplace_back(node.child_value());
  return texts;
}

bool is_true(pugi::xml_node parent, const char* name) {
  const std::string_view text = text_of(parent, name);
  return text == "true" || text == "1";
}

std::optional<std::int64_t> number_of(pugi::xml_node parent, const char* name) {
  const std::string_view text = text_of(parent, name);
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || stop != text.data() + text.size())
    return std::nullopt;
  return number;
}

} // namespace syncer::sim
