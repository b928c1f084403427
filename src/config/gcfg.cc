#include "config/gcfg.h"

namespace syncer {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_name(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Outcome<std::vector<GcfgEntry>> run() {
    if (text_.find('\0') != std::string_view::npos) return failure("the file contains a NUL byte");
    while (true) {
      skip_to_content();
      if (at_end()) break;
      const bool good = peek() == '[' ? header() : assignment();
      if (!good || !line_end()) return failure(problem_);
    }
    return std::move(entries_);
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
    while (!at_end() && is_blank(peek())) next();
  }
  void skip_comment() {
    if (peek() != ';' && peek() != '#') return;
    while (!at_end() && peek() != '\n') next();
  }
  void skip_to_content() {
    while (!at_end()) {
      skip_blanks();
      skip_comment();
      if (peek() != '\n' || at_end()) return;
      next();
    }
  }
  bool fail(const char* problem) {
    problem_ = problem;
    return false;
  }
  Error failure(const std::string& problem) const {
    return Error{ErrorKind::kRejected, "line " + std::to_string(line_) + ": " + problem};
  }

  std::string name() {
    std::string result;
    if (!is_letter(peek())) return result;
    while (!at_end() && is_name(peek())) {
      const char c = next();
      result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return result;
  }

  bool line_end() {
    skip_blanks();
    skip_comment();
    return at_end() || peek() == '\n' || fail("unexpected text at the end of the line");
  }

  bool header() {
    next();
    skip_blanks();
    section_ = name();
    subsection_.reset();
    if (section_.empty()) return fail("a section name must begin with a letter");
    skip_blanks();
    if (peek() == '"') {
      std::string sub;
      if (!quoted(sub)) return false;
      if (sub.empty()) return fail("empty subsection name");
      subsection_ = std::move(sub);
      skip_blanks();
    }
    if (peek() != ']') return fail("expected ']' after the section name");
    next();
    entries_.push_back({section_, subsection_, {}, std::nullopt, line_});
    return true;
  }

  bool assignment() {
    if (section_.empty()) return fail("expected a section header");
    GcfgEntry entry{section_, subsection_, name(), std::nullopt, line_};
    if (entry.key.empty()) return fail("a key must begin with a letter");
    skip_blanks();
    if (peek() == '=') {
      next();
      std::string text;
      if (!value(text)) return false;
      entry.value = std::move(text);
    }
    entries_.push_back(std::move(entry));
    return true;
  }

  bool escape(std::string& out) {
    next();
    switch (peek()) {
      case '\\':
        out += '\\';
        break;
      case '"':
        out += '"';
        break;
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      default:
        return fail("unknown escape sequence");
    }
    next();
    return true;
  }

  bool quoted(std::string& out) {
    next();
    while (peek() != '"') {
      if (at_end() || peek() == '\n') return fail("missing closing quote");
      if (peek() != '\\') {
        out += next();
      } else if (!escape(out)) {
        return false;
      }
    }
    next();
    return true;
  }

  // Quotes may surround any part of a value. Blanks around it go, those inside stay.
  bool value(std::string& out) {
    skip_blanks();
    std::size_t keep = 0;
    while (!at_end() && peek() != '\n' && peek() != ';' && peek() != '#') {
      if (peek() == '"') {
        if (!quoted(out)) return false;
        keep = out.size();
      } else if (peek() == '\\' && continues()) {
        while (next() != '\n') {
        }
      } else if (peek() == '\\') {
        if (!escape(out)) return false;
        keep = out.size();
      } else {
        const char c = next();
        out += c;
        if (!is_blank(c)) keep = out.size();
      }
    }
    out.resize(keep);
    return true;
  }

  bool continues() const {
    const std::string_view rest = text_.substr(position_ + 1);
    return rest.starts_with("\n") || rest.starts_with("\r\n");
  }

  std::string_view text_;
  std::size_t position_ = 0;
  int line_ = 1;
  std::string section_;
  std::optional<std::string> subsection_;
  std::string problem_;
  std::vector<GcfgEntry> entries_;
};

} // namespace

Outcome<std::vector<GcfgEntry>> parse_gcfg(std::string_view text) { return Parser(text).run(); }

} // namespace syncer
