// CNS results of any shape are read; user text of any bytes is written so that it reads back.
#include <pugixml.hpp>
#include <string>

#include "cns/cns_codec.h"
#include "cns/inventory.h"
#include "cns/pbm.h"
#include "cns/vim_codec.h"
#include "fuzz_input.h"

namespace {

using namespace syncer;

constexpr std::string_view kCluster = "c1";

void read(std::string body) {
  const auto answer = SoapAnswer::parse(std::move(body));
  if (!answer) return;
  const pugi::xml_node result = (*answer)->result();
  (void)read_ids(result, kCluster);
  (void)read_volumes(result, kCluster);
  (void)read_pbm_ids(**answer);
  (void)read_pbm_policies(**answer);
  InventoryTree tree("root");
  for (InventoryObject& object : read_inventory_page(**answer).objects) tree.add(std::move(object));
  (void)tree.datastores("datastore");
  (void)next_page({0, 100, -1}, read_cursor(result), 1);
  for (const TaskUpdate& task : read_update_set(**answer).tasks) {
    for (const VolumeResult& one : read_batch(task.result)) {
      (void)read_volumes(one.query_result, kCluster);
    }
  }
}

// Escaped text is well-formed XML, keeps its meaning, and a second pass changes nothing.
void write(std::string_view text) {
  std::string document = "<a>";
  append_escaped(document, text);
  document += "</a>";
  pugi::xml_document parsed;
  constexpr unsigned kFlags = pugi::parse_minimal | pugi::parse_escapes | pugi::parse_ws_pcdata;
  must(static_cast<bool>(parsed.load_buffer(document.data(), document.size(), kFlags)));
  const std::string once = parsed.child("a").text().get();

  std::string again = "<a>";
  append_escaped(again, once);
  again += "</a>";
  must(again == document);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read(std::string(text));
  write(text);
  return 0;
}
