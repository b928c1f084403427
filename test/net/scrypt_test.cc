#include "net/scrypt.h"

#include <gtest/gtest.h>

namespace syncer {
namespace {

std::string hex(const std::string& bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4U];
    text += kDigits[static_cast<unsigned char>(c) & 15U];
  }
  return text;
}

// RFC 7914, section 12, the vector with these costs.
TEST(Scrypt, GivesTheVectorOfTheStandard) {
  const std::string key = scrypt(Secret("pleaseletmein"), "SodiumChloride", 64);
  EXPECT_EQ(hex(key),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
            "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887");
}

TEST(Scrypt, AShorterKeyIsTheBeginning) {
  EXPECT_EQ(hex(scrypt(Secret("pleaseletmein"), "SodiumChloride", 2)), "7023");
}

} // namespace
} // namespace syncer
