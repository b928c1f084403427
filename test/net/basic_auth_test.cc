#include "net/basic_auth.h"

#include <gtest/gtest.h>

namespace syncer {
namespace {

struct Case {
  const char* user;
  const char* password;
  const char* header;
};

class BasicAuthorization : public testing::TestWithParam<Case> {};

TEST_P(BasicAuthorization, IsBase64OfUserAndPassword) {
  const Case& given = GetParam();
  EXPECT_EQ(basic_authorization(given.user, Secret(given.password)).reveal(), given.header);
}

INSTANTIATE_TEST_SUITE_P(
    Lengths, BasicAuthorization,
    testing::Values(Case{"Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
                    Case{"a", "bc", "Basic YTpiYw=="}, Case{"ab", "cd", "Basic YWI6Y2Q="},
                    Case{"abc", "de", "Basic YWJjOmRl"}, Case{"", "", "Basic Og=="},
                    Case{"u", "p\xc3\xbc\xff:~", "Basic dTpww7z/On4="}));

} // namespace
} // namespace syncer
