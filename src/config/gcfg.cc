#include "config/gcfg.h"

#include <algorithm>

#include "config/unicode_names.h"
#include "core/utf8.h"

namespace syncer {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
// The two characters beyond ASCII that are the same letter as one of ASCII when case is ignored.
constexpr char32_t kLongS = 0x17f;
constexpr char32_t kKelvinSign = 0x212a;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

int line_of(std::string_view text, std::size_t position) {
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + position, '\n'));
}

// Comments, too, must be text.
std::optional<GcfgProblem> unreadable(std::string_view text) {
  const auto problem = [&](std::size_t position, const char* reason) {
    return GcfgProblem{line_of(text, position), "", "", "", reason};
  };
  if (text.starts_with(kByteOrderMark)) {
    return problem(0, "the file begins with a byte order mark; save it as UTF-8 without one");
  }
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\0') return problem(i, "the file contains a NUL byte");
    const std::size_t length = utf8_length(text, i);
    if (length == 0) return problem(i, "the file is not UTF-8");
    i += length;
  }
  return std::nullopt;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  GcfgText run() {
    bool good = true;
    for (skip_to_content(); good && !at_end(); skip_to_content()) {
      good = (peek() == '[' ? header() : assignment()) && line_end();
      if (!good) break;
    }
    if (good) return {std::move(entries_), std::nullopt};
    return {std::move(entries_), GcfgProblem{line_, section_, subsection_, key_, reason_}};
  }

 private:
  bool at_end() const { return position_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[position_]; }
  char next() {
    const char c = text_[position_++];
    if (c == '\n') ++line_;
    return c;
  }
  void skip_blanks() {
    while (is_blank(peek())) next();
  }
  bool at_line_end() const { return at_end() || peek() == '\n'; }
  bool at_comment() const { return peek() == ';' || peek() == '#'; }
  void skip_comment() {
    if (!at_comment()) return;
    while (!at_line_end()) next();
  }
  void skip_to_content() {
    for (skip_blanks(), skip_comment(); peek() == '\n'; skip_blanks(), skip_comment()) next();
  }
  bool fail(const char* reason) {
    reason_ = reason;
    return false;
  }

  std::string name() {
    std::string result;
    while (!at_end()) {
      const std::string_view sequence = text_.substr(position_, utf8_length(text_, position_));
      const char32_t c = utf8_character(sequence);
      const bool inside = !result.empty() && (c == '-' || is_digit(c));
      if (!inside && !is_letter(c)) break;
      position_ += sequence.size();
      if (c == kLongS) {
        result += 's';
      } else if (c == kKelvinSign) {
        result += 'k';
      } else if (c >= 'A' && c <= 'Z') {
        result += static_cast<char>(c - 'A' + 'a');
      } else {
        result += sequence;
      }
    }
    return result;
  }

  bool line_end() {
    skip_blanks();
    skip_comment();
    return at_line_end() || fail("unexpected text at the end of the line");
  }

  bool header() {
    next();
    skip_blanks();
    key_.clear();
    subsection_.clear();
    section_ = name();
    if (section_.empty()) return fail("a section name must begin with a letter");
    skip_blanks();
    std::string sub;
    if (peek() == '"') {
      if (!subsection(sub)) return false;
      skip_blanks();
    }
    if (peek() != ']') return fail("expected ']' after the section name");
    next();
    subsection_ = std::move(sub);
    entries_.push_back({section_, subsection_, {}, std::nullopt, line_});
    return true;
  }

  bool subsection(std::string& text) {
    next();
    while (peek() != '"') {
      if (at_line_end()) return fail("missing closing quote");
      char c = next();
      if (c == '\\') {
        if (peek() != '\\' && peek() != '"') return fail("unknown escape sequence");
        c = next();
      }
      text += c;
    }
    next();
    return !text.empty() || fail("empty subsection name");
  }

  bool assignment() {
    key_ = name();
    if (section_.empty()) return fail("expected a section header");
    if (key_.empty()) return fail("a key must begin with a letter");
    GcfgEntry entry{section_, subsection_, key_, std::nullopt, line_};
    skip_blanks();
    if (peek() == '=') {
      next();
      std::string text;
      if (!value(text)) return false;
      entry.value = std::move(text);
    } else if (!at_line_end() && !at_comment()) {
      return fail("expected '=' after the key");
    }
    entries_.push_back(std::move(entry));
    return true;
  }

  // Quotes may surround any part of a value. Blanks around it go, those inside stay; every carriage
  // return goes.
  bool value(std::string& out) {
    skip_blanks();
    std::size_t keep = 0;
    bool quoted = false;
    while (quoted || (!at_line_end() && !at_comment())) {
      if (at_line_end()) return fail("missing closing quote");
      const char c = next();
      if (c == '\\') {
        if (!(quoted ? escape(out) : escape_outside_quotes(out))) return false;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c != '\r') {
        out += c;
      }
      if (quoted || !is_blank(c)) keep = out.size();
    }
    out.resize(keep);
    return true;
  }

  bool escape(std::string& out) {
    switch (peek()) {
      case '\\':
      case '"':
        out += next();
        return true;
      case 'n':
        next();
        out += '\n';
        return true;
      case 't':
        next();
        out += '\t';
        return true;
      default:
        return fail("unknown escape sequence: in quotes write a backslash as \\\\");
    }
  }

  bool escape_outside_quotes(std::string& out) {
    if (peek() == '\r') next();
    if (peek() != '\n' && peek() != '"') {
      return fail("a backslash outside quotes: put the value in double quotes and write \\\\");
    }
    if (const char c = next(); c == '"') out += c;
    return true;
  }

  std::string_view text_;
  std::size_t position_ = 0;
  int line_ = 1;
  std::string section_;
  std::string subsection_;
  std::string key_;
  const char* reason_ = "";
  std::vector<GcfgEntry> entries_;
};

} // namespace

GcfgText parse_gcfg(std::string_view text) {
  if (std::optional<GcfgProblem> problem = unreadable(text)) return {{}, std::move(problem)};
  return Parser(text).run();
}

} // namespace syncer
