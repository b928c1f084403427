#include "app/credential_record.h"

#include <nlohmann/json.hpp>

#include "kube/kube_time.h"
#include "net/scrypt.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kTagBytes = 2;
constexpr std::size_t kMost = 64;

std::string hex(const std::string& bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

std::string tag_value(const Credentials& credentials, const std::string& salt) {
  const Secret both(credentials.user + '\0' + credentials.password.reveal());
  return hex(scrypt(both, salt, kTagBytes));
}

std::string text_of(const json& from, const char* key) {
  const auto found = from.find(key);
  return found != from.end() && found->is_string() ? found->get<std::string>() : "";
}

} // namespace

CredentialTag make_tag(const Credentials& credentials, const Random& random) {
  std::string bytes;
  for (std::size_t i = 0; i < kSaltBytes; ++i)
    bytes += static_cast<char>(static_cast<unsigned char>(random() * 256));
  CredentialTag tag;
  tag.salt = hex(bytes);
  tag.value = tag_value(credentials, tag.salt);
  return tag;
}

bool fits(const CredentialTag& tag, const Credentials& credentials) {
  return !tag.value.empty() && tag.value == tag_value(credentials, tag.salt);
}

std::string encode_refusals(const KeptRefusals& refusals) {
  if (refusals.empty()) return "";
  json object = json::object();
  for (const auto& [host, kept] : refusals) {
    object[host] = {{"at", format_kube_time(kept.refusal.at)},
                    {"count", kept.refusal.count},
                    {"salt", kept.tag.salt},
                    {"tag", kept.tag.value}};
  }
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

KeptRefusals decode_refusals(const std::string& text) {
  KeptRefusals refusals;
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return refusals;
  for (const auto& [host, entry] : object.items()) {
    if (refusals.size() >= kMost) break;
    if (!entry.is_object()) continue;
    KeptRefusal kept;
    const std::int64_t at = parse_kube_time(text_of(entry, "at"));
    kept.refusal.at = CredentialLatch::WallTime(std::chrono::seconds(at));
    const auto count = entry.find("count");
    kept.refusal.count =
        count != entry.end() && count->is_number_unsigned() ? count->get<std::uint32_t>() : 1;
    kept.tag.salt = text_of(entry, "salt");
    kept.tag.value = text_of(entry, "tag");
    if (at > 0 && !kept.tag.value.empty()) refusals.insert_or_assign(host, std::move(kept));
  }
  return refusals;
}

} // namespace syncer
