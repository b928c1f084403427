#include "net/url.h"

#include <gtest/gtest.h>

namespace syncer {
namespace {

struct GoodUrl {
  std::string text;
  bool tls;
  std::string host;
  std::uint16_t port;
  std::string path;
};

class ParseUrl : public testing::TestWithParam<GoodUrl> {};

TEST_P(ParseUrl, TakesTheTextApart) {
  const Outcome<Url> url = parse_url(GetParam().text);
  ASSERT_TRUE(url) << url.error().detail;
  EXPECT_EQ(url->tls, GetParam().tls);
  EXPECT_EQ(url->host, GetParam().host);
  EXPECT_EQ(url->port, GetParam().port);
  EXPECT_EQ(url->path, GetParam().path);
}

INSTANTIATE_TEST_SUITE_P(
    Good, ParseUrl,
    testing::Values(GoodUrl{"https://vc.example.com", true, "vc.example.com", 443, ""},
                    GoodUrl{"HTTPS://vc:8443/", true, "vc", 8443, "/"},
                    GoodUrl{"http://10.0.0.1/metrics?x=1", false, "10.0.0.1", 80, "/metrics?x=1"},
                    GoodUrl{"http://host?x", false, "host", 80, "?x"},
                    GoodUrl{"https://[::1]:6443", true, "::1", 6443, ""},
                    GoodUrl{"https://[fd00::2]/a/b", true, "fd00::2", 443, "/a/b"},
                    GoodUrl{"https://h:65535", true, "h", 65535, ""}));

class RejectUrl : public testing::TestWithParam<std::string> {};

TEST_P(RejectUrl, IsRejected) {
  const Outcome<Url> url = parse_url(GetParam());
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().kind, ErrorKind::kRejected);
}

INSTANTIATE_TEST_SUITE_P(Bad, RejectUrl,
                         testing::Values("", "vc.example.com", "ftp://a", "https://", "https:///p",
                                         "https://a:", "https://a:0", "https://a:65536",
                                         "https://a:80x", "https://a:-1", "https://[::1",
                                         "https://[zz]", "https://[::1]x", "https://a b",
                                         "https://user@host", "https://a/b c", "https://a/b#c",
                                         "https://a/\n", "://a"));

TEST(PercentDecode, IsTheReverse) {
  EXPECT_EQ(percent_decode("a%2Bb%20c%2fd%3De"), "a+b c/d=e");
  EXPECT_EQ(percent_decode("%C3%BC"), "\xc3\xbc");
  EXPECT_EQ(percent_decode("100% 5%2 %zz%"), "100% 5%2 %zz%");
}

TEST(PercentEncode, KeepsOnlyUnreservedCharacters) {
  EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encode("a+b c/d=e&f,\"%"), "a%2Bb%20c%2Fd%3De%26f%2C%22%25");
  EXPECT_EQ(percent_encode("\xc3\xbc"), "%C3%BC");
}

} // namespace
} // namespace syncer
