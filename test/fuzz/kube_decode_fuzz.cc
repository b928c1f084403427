// Decoders of Kubernetes objects: any bytes give an object, a broken object or an error.
#include "fuzz_input.h"
#include "informers/attachment_decode.h"
#include "informers/kube_decode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace syncer;
  const FuzzInput input = split_input(data, size);
  const KubeFormat format = input.choice % 2 ? KubeFormat::kJson : KubeFormat::kProtobuf;
  for (const Resource resource : kResources) {
    const DecodedObject item = decode_item(format, resource, input.rest);
    // A broken object is never handed on, not even in part.
    if (item.broken()) must(std::holds_alternative<std::monostate>(item.object));
    const DecodedObject single = decode_single(format, resource, input.rest);
    if (single.broken()) must(std::holds_alternative<std::monostate>(single.object));
    (void)decode_watch_event(format, resource, input.rest);
  }
  (void)decode_list_meta(format, input.rest);
  (void)decode_attachment(format, input.rest);
  return 0;
}
