#include "cns/soap.h"

#include <gmock/gmock.h>

#include "golden.h"

namespace syncer {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  append_escaped(out, text);
  return out;
}

// What a conforming reader makes of the text after one trip through an element and an attribute.
std::string round_trip(const std::string& text) {
  const std::string document = "<a b=\"" + escaped(text) + "\">" + escaped(text) + "</a>";
  pugi::xml_document parsed_document;
  const auto result = parsed_document.load_buffer(
      document.data(), document.size(), pugi::parse_default | pugi::parse_ws_pcdata_single,
      pugi::encoding_utf8);
  EXPECT_TRUE(result) << document;
  const pugi::xml_node node = parsed_document.first_child();
  EXPECT_STREQ(node.child_value(), node.attribute("b").value());
  return node.child_value();
}

struct EscapeCase {
  std::string name;
  std::string text;
  std::string wire;
};

class Escaping : public testing::TestWithParam<EscapeCase> {};

TEST_P(Escaping, GivesTheWireForm) { EXPECT_EQ(escaped(GetParam().text), GetParam().wire); }

INSTANTIATE_TEST_SUITE_P(
    Soap, Escaping,
    testing::Values(
        EscapeCase{"Markup", "a<b>&c", "a&lt;b&gt;&amp;c"},
        EscapeCase{"Quotes", "\"it's\"", "&quot;it&apos;s&quot;"},
        EscapeCase{"WhiteSpace", "a\tb\nc\rd e", "a&#9;b&#10;c&#13;d e"},
        EscapeCase{"Controls", std::string("a\0b\x01\x1f", 5),
                   "a\xEF\xBF\xBD"
                   "b\xEF\xBF\xBD\xEF\xBF\xBD"},
        EscapeCase{"Utf8", "gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80",
                   "gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80"},
        EscapeCase{"LoneByte", "a\xFFz", "a\xEF\xBF\xBDz"},
        EscapeCase{"CutSequence", "a\xE2\x82", "a\xEF\xBF\xBD\xEF\xBF\xBD"},
        EscapeCase{"Overlong", "\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        EscapeCase{"OverlongThree", "\xE0\x80\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        EscapeCase{"Surrogate", "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        EscapeCase{"NonCharacter", "\xEF\xBF\xBE", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        EscapeCase{"BeyondUnicode", "\xF4\x90\x80\x80",
                   "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"}),
    [](const auto& info) { return info.param.name; });

TEST(Soap, UserTextSurvivesTheTrip) {
  for (const std::string text :
       {"]]>", "<!--", "&amp;", "  leading and trailing  ", "line\r\nbreak", "\xF0\x9F\x90\xA7"}) {
    EXPECT_EQ(round_trip(text), text);
  }
}

TEST(Soap, EveryByteGivesWellFormedXml) {
  for (int byte = 0; byte < 256; ++byte) {
    round_trip(std::string("x") + static_cast<char>(byte) + "y");
  }
}

TEST(Soap, WriterBuildsOneEnvelope) {
  SoapWriter out("Do", "urn:vim25", ManagedRef{"Thing", "thing-1"});
  out.open_typed("spec", "Derived");
  out.text("name", "<x>");
  out.flag("on", true);
  out.number("count", -5);
  out.empty("none");
  out.close("spec");
  out.reference("task", "Task", "task-7");

  EXPECT_EQ(canonical_request(out.finish()),
            "urn:vim25 Do{_this@Thing{thing-1}spec:Derived{name{<x>}on{true}count{-5}none{}}"
            "task@Task{task-7}}");
}

std::string envelope(const std::string& body) {
  return "<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"x\"><s:Body>" + body +
         "</s:Body></s:Envelope>";
}

TEST(SoapAnswer, PrefixesDoNotMatter) {
  const auto answer =
      parsed(envelope("<v:DoResponse xmlns:v=\"urn:vim25\"><v:returnval foo:type=\"v:Thing\" "
                      "type=\"Task\">task-1</v:returnval></v:DoResponse>"));

  EXPECT_EQ(answer->fault(), nullptr);
  EXPECT_EQ(xsi_type(answer->result()), "Thing");
  EXPECT_EQ(reference_of(answer->result()), (ManagedRef{"Task", "task-1"}));
}

TEST(SoapAnswer, PrettyPrintedIsTheSame) {
  const auto answer = parsed(
      "<Envelope>\n <Body>\n  <R>\n   <returnval>\n    <a>1</a>\n   </returnval>\n  </R>\n "
      "</Body>\n</Envelope>\n");

  EXPECT_EQ(text_of(answer->result(), "a"), "1");
}

TEST(SoapAnswer, BlankTextIsKept) {
  const auto answer = parsed(envelope("<R><returnval><a> </a></returnval></R>"));

  EXPECT_EQ(text_of(answer->result(), "a"), " ");
}

struct RefusedCase {
  std::string name;
  std::string body;
};

class RefusedAnswer : public testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedAnswer, IsATransportError) {
  const auto answer = SoapAnswer::parse(GetParam().body);

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kTransient);
  EXPECT_FALSE(answer.error().unsent);
}

std::string nested(int depth) {
  std::string body;
  for (int i = 0; i < depth; ++i) body += "<a>";
  for (int i = 0; i < depth; ++i) body += "</a>";
  return body;
}

INSTANTIATE_TEST_SUITE_P(
    Soap, RefusedAnswer,
    testing::Values(
        RefusedCase{"Empty", ""}, RefusedCase{"Html", "<html><body>Bad gateway</body></html>"},
        RefusedCase{"Text", "upstream connect error"},
        RefusedCase{"CutOff", "<Envelope><Body><R><returnval>"},
        RefusedCase{"NoBody", "<Envelope></Envelope>"},
        RefusedCase{"EmptyBody", "<Envelope><Body>  </Body></Envelope>"},
        RefusedCase{"DocumentType",
                    "<!DOCTYPE x [<!ENTITY a \"b\">]><Envelope><Body><R>&a;</R></Body></Envelope>"},
        RefusedCase{"TooDeep", envelope(nested(100))},
        RefusedCase{"VeryDeep", envelope(nested(100000))}),
    [](const auto& info) { return info.param.name; });

TEST(SoapFault, TypeComesFromTheTypeAttribute) {
  const auto answer = parsed(envelope(
      "<s:Fault><faultcode>ServerFaultCode</faultcode><faultstring>gone</faultstring><detail>"
      "<ManagedObjectNotFoundFault xsi:type=\"vim25:ManagedObjectNotFound\">"
      "<obj type=\"Task\">task-9</obj></ManagedObjectNotFoundFault></detail></s:Fault>"));

  ASSERT_NE(answer->fault(), nullptr);
  EXPECT_EQ(answer->fault()->type, "ManagedObjectNotFound");
  EXPECT_EQ(answer->fault()->text, "gone");
  EXPECT_EQ(answer->fault()->object, (ManagedRef{"Task", "task-9"}));
}

TEST(SoapFault, WithoutTypeAttributeTheElementNamesIt) {
  const auto answer =
      parsed(envelope("<Fault><faultstring/><detail><v:NotAuthenticatedFault/></detail></Fault>"));

  ASSERT_NE(answer->fault(), nullptr);
  EXPECT_EQ(answer->fault()->type, "NotAuthenticated");
}

TEST(SoapFault, OfCnsKeepsItsSuffix) {
  const auto answer = parsed(envelope(
      "<Fault><faultstring/><detail><CnsFault><reason>busy</reason></CnsFault></detail></Fault>"));

  ASSERT_NE(answer->fault(), nullptr);
  EXPECT_EQ(answer->fault()->type, "CnsFault");
  EXPECT_EQ(answer->fault()->text, "busy");
}

TEST(SoapFault, OfCnsMayCarryItsSuffixTwiceAndNamesTheVolume) {
  const auto answer =
      parsed(envelope("<Fault><faultstring/><detail><v:CnsAlreadyRegisteredFaultFault>"
                      "<v:reason>known</v:reason><v:volumeId><v:id>vol-1</v:id></v:volumeId>"
                      "</v:CnsAlreadyRegisteredFaultFault></detail></Fault>"));

  ASSERT_NE(answer->fault(), nullptr);
  EXPECT_EQ(answer->fault()->type, "CnsAlreadyRegisteredFault");
  EXPECT_EQ(answer->fault()->volume, "vol-1");
}

TEST(SoapFault, MayHaveNoDetail) {
  const auto answer = parsed(envelope("<Fault><faultstring>no idea</faultstring></Fault>"));

  ASSERT_NE(answer->fault(), nullptr);
  EXPECT_EQ(answer->fault()->type, "");
  EXPECT_EQ(answer->fault()->text, "no idea");
}

} // namespace
} // namespace syncer
