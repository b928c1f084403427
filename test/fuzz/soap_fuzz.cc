// SOAP answers of any shape: parsed or refused, and every reader copes with what was parsed.
#include <string>

#include "cns/soap.h"
#include "cns/vim_codec.h"
#include "fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace syncer;
  const std::string body(reinterpret_cast<const char*>(data), size);

  std::string versions = body;
  (void)read_vsan_version(versions);

  const auto answer = SoapAnswer::parse(body);
  if (!answer) return 0;
  const SoapAnswer& parsed = **answer;
  if (parsed.fault() != nullptr) must(!parsed.response());
  (void)read_service_content(parsed);
  (void)read_login(parsed);
  (void)read_reference(parsed);
  (void)read_references(parsed);
  (void)read_update_set(parsed);
  return 0;
}
