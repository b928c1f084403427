#include "config/gcfg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

namespace syncer {
namespace {

// "[section|sub] key = <value>" of every entry but the headers.
std::vector<std::string> read(std::string_view text) {
  const GcfgText parsed = parse_gcfg(text);
  if (parsed.problem) return {std::string("error: ") + parsed.problem->reason};
  std::vector<std::string> lines;
  for (const GcfgEntry& entry : parsed.entries) {
    if (entry.key.empty()) continue;
    std::string line = "[" + entry.section;
    if (!entry.subsection.empty()) line += "|" + entry.subsection;
    line += "] " + entry.key;
    lines.push_back(entry.value ? line + " = <" + *entry.value + ">" : line);
  }
  return lines;
}

struct Value {
  const char* name;
  const char* text; // behind "key"
  const char* expected;
};
void PrintTo(const Value& value, std::ostream* out) { *out << value.name; }

class GcfgValue : public testing::TestWithParam<Value> {};

TEST_P(GcfgValue, IsReadAsTheOriginalReadsIt) {
  const std::string text = std::string("[Global]\nkey") + GetParam().text;

  EXPECT_THAT(read(text), testing::ElementsAre(std::string("[global] key") + GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    Grammar, GcfgValue,
    testing::Values(
        Value{"bare", " = value", " = <value>"}, Value{"no_blanks", "=value", " = <value>"},
        Value{"blanks_inside_stay", " = two  words ", " = <two  words>"},
        Value{"quoted", " = \"value\"", " = <value>"},
        Value{"quotes_keep_outer_blanks", " = \"  value \"  ", " = <  value >"},
        Value{"quotes_around_a_part", " = a\" b; \"c", " = <a b; c>"},
        Value{"semicolon_in_quotes", " = \"a;b#c\"", " = <a;b#c>"},
        Value{"comment_by_semicolon", " = a ; comment", " = <a>"},
        Value{"comment_by_hash", " = a# comment", " = <a>"},
        Value{"escaped_quote", R"( = "a\"b")", " = <a\"b>"},
        Value{"escaped_backslash", R"( = "a\\b")", " = <a\\b>"},
        Value{"escaped_newline_and_tab", R"( = "a\nb\tc")", " = <a\nb\tc>"},
        Value{"escaped_quote_outside_quotes", R"( = a\"b)", " = <a\"b>"},
        Value{"escaped_quote_behind_cr", " = a\\\r\"b", " = <a\"b>"},
        Value{"continued_line", " = first \\\n second", " = <first  second>"},
        Value{"blanks_before_a_continuation_stay", " = a  \\\n  ", " = <a  >"},
        Value{"comment_behind_a_continuation", " = a\\\n;b", " = <a>"},
        Value{"cr_in_quotes_goes", " = \"a\rb\"", " = <ab>"},
        Value{"cr_in_the_middle_goes", " = a \r b", " = <a  b>"},
        Value{"continued_line_with_cr", " = first\\\r\nsecond", " = <firstsecond>"},
        Value{"empty", " =", " = <>"}, Value{"empty_quotes", " = \"\"", " = <>"},
        Value{"only_a_comment", " = ; nothing", " = <>"}, Value{"blank_boolean", "", ""},
        Value{"blank_boolean_with_comment", " ; yes", ""},
        Value{"cr_at_the_end", " = value\r\n", " = <value>"},
        Value{"cr_after_a_blank_boolean", "\r\n", ""}, Value{"tabs", "\t=\tvalue\t", " = <value>"},
        Value{"equals_sign_in_the_value", " = a=b", " = <a=b>"},
        Value{"bracket_in_the_value", " = [a]", " = <[a]>"},
        Value{"utf8", " = caf\xc3\xa9", " = <caf\xc3\xa9>"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Gcfg, SectionsAndKeysIgnoreCaseSubsectionsKeepIt) {
  EXPECT_THAT(
      read("[GLOBAL]\nCluster-ID = a\n[VirtualCenter \"VC.Example\"]\nUser = b"),
      testing::ElementsAre("[global] cluster-id = <a>", "[virtualcenter|VC.Example] user = <b>"));
}

TEST(Gcfg, NamesAreLettersOfAnyScriptAndFoldedAsCaseIs) {
  EXPECT_THAT(read("[Global]\n\xc3\xbc"
                   "ber-1 = a\nu\xc5\xbf"
                   "er = b\n\xe2\x84\xaa = c"),
              testing::ElementsAre("[global] \xc3\xbc"
                                   "ber-1 = <a>",
                                   "[global] user = <b>", "[global] k = <c>"));
}

TEST(Gcfg, SubsectionsEscapeQuoteAndBackslashAndKeepCarriageReturns) {
  EXPECT_THAT(read("[a \"b\\\"\\\\\rc\"]\nd = 1"), testing::ElementsAre("[a|b\"\\\rc] d = <1>"));
}

TEST(Gcfg, PasswordsOfAllPrintableCharactersComeOutAsTheyWentIn) {
  std::string password;
  for (char c = 0x20; c < 0x7f; ++c) password += c;
  std::string quoted;
  for (const char c : password) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }

  EXPECT_THAT(read("[Global]\npassword = \"" + quoted + "\" ; end"),
              testing::ElementsAre("[global] password = <" + password + ">"));
}

TEST(Gcfg, HeaderAloneIsAnEntry) {
  const GcfgText parsed = parse_gcfg("\n[VirtualCenter \"vc\"]\n");

  ASSERT_FALSE(parsed.problem);
  ASSERT_EQ(parsed.entries.size(), 1u);
  EXPECT_EQ(parsed.entries.front().subsection, "vc");
  EXPECT_EQ(parsed.entries.front().key, "");
  EXPECT_EQ(parsed.entries.front().line, 2);
}

TEST(Gcfg, BlankLinesCommentsAndIndentsAreSkipped) {
  EXPECT_THAT(read("; file\n\n  # more\n [ Global ] ; section\n\t a = 1\n\n;\n b = 2"),
              testing::ElementsAre("[global] a = <1>", "[global] b = <2>"));
}

TEST(Gcfg, EntriesKnowTheirLineAlsoAfterAContinuation) {
  const GcfgText parsed = parse_gcfg("[Global]\na = 1\\\n2\n\nb = 3");

  ASSERT_FALSE(parsed.problem);
  EXPECT_EQ(parsed.entries.at(1).line, 2);
  EXPECT_EQ(parsed.entries.at(2).line, 5);
}

TEST(Gcfg, EmptyTextHasNoEntries) {
  EXPECT_TRUE(read("").empty());
  EXPECT_TRUE(read(" \n\t; nothing").empty());
}

struct Mistake {
  const char* name;
  std::string text;
  const char* expected;
};
void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }

class GcfgMistake : public testing::TestWithParam<Mistake> {};

TEST_P(GcfgMistake, IsReportedWithItsLineAndWithoutTheValue) {
  const GcfgText parsed = parse_gcfg(GetParam().text);

  ASSERT_TRUE(parsed.problem);
  EXPECT_EQ("line " + std::to_string(parsed.problem->line) + ": " + parsed.problem->reason,
            GetParam().expected);
}

TEST(Gcfg, AProblemKnowsWhatWasBeingRead) {
  const GcfgText parsed = parse_gcfg("[Global]\na = 1\n[VirtualCenter \"vc\"]\npassword = \"x");

  ASSERT_TRUE(parsed.problem);
  EXPECT_EQ(parsed.problem->section, "virtualcenter");
  EXPECT_EQ(parsed.problem->subsection, "vc");
  EXPECT_EQ(parsed.problem->key, "password");
  EXPECT_EQ(parsed.entries.size(), 3u);
}

INSTANTIATE_TEST_SUITE_P(
    Grammar, GcfgMistake,
    testing::Values(
        Mistake{"key_before_any_section", "a = hunter2", "line 1: expected a section header"},
        Mistake{"open_quote", "[Global]\n\npassword = \"hunter2\nuser = a",
                "line 3: missing closing quote"},
        Mistake{"open_quote_at_the_end", "[Global]\npassword = \"hunter2",
                "line 2: missing closing quote"},
        Mistake{"continuation_in_quotes", "[Global]\npassword = \"hun\\\nter2\"",
                "line 2: unknown escape sequence: in quotes write a backslash as \\\\"},
        Mistake{"unknown_escape", "[Global]\npassword = \"hunter2\\x\"",
                "line 2: unknown escape sequence: in quotes write a backslash as \\\\"},
        Mistake{
            "backslash_outside_quotes", "[Global]\npassword = hunter2\\\\x",
            "line 2: a backslash outside quotes: put the value in double quotes and write \\\\"},
        Mistake{
            "newline_escape_outside_quotes", "[Global]\npassword = hunter2\\n",
            "line 2: a backslash outside quotes: put the value in double quotes and write \\\\"},
        Mistake{
            "backslash_at_the_end", "[Global]\npassword = hunter2\\",
            "line 2: a backslash outside quotes: put the value in double quotes and write \\\\"},
        Mistake{"newline_escape_in_a_subsection", "[a \"b\\n\"]",
                "line 1: unknown escape sequence"},
        Mistake{"open_subsection", "[a \"b\n\"]", "line 1: missing closing quote"},
        Mistake{"byte_order_mark", "\xef\xbb\xbf[a]",
                "line 1: the file begins with a byte order mark; save it as UTF-8 without one"},
        Mistake{"not_utf8", "[a]\n; \xff", "line 2: the file is not UTF-8"},
        Mistake{"symbol_in_a_name", "[a]\nb\xe2\x80\x94 = 1", "line 2: expected '=' after the key"},
        Mistake{"key_begins_with_a_digit", "[Global]\n1a = hunter2",
                "line 2: a key must begin with a letter"},
        Mistake{"value_without_a_key", "[Global]\n= hunter2",
                "line 2: a key must begin with a letter"},
        Mistake{"words_instead_of_a_value", "[Global]\npassword hunter2",
                "line 2: expected '=' after the key"},
        Mistake{"open_header", "[Global\na = hunter2",
                "line 1: expected ']' after the section name"},
        Mistake{"empty_header", "[]", "line 1: a section name must begin with a letter"},
        Mistake{"empty_subsection", "[VirtualCenter \"\"]", "line 1: empty subsection name"},
        Mistake{"dotted_subsection", "[VirtualCenter.vc]",
                "line 1: expected ']' after the section name"},
        Mistake{"text_after_the_header", "[Global] hunter2",
                "line 1: unexpected text at the end of the line"},
        Mistake{"nul_byte", std::string("[Global]\na = \0hunter2", 20),
                "line 2: the file contains a NUL byte"}),
    [](const auto& row) { return std::string(row.param.name); });

} // namespace
} // namespace syncer
