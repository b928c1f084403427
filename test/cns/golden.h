// The recorded conversations of test/golden/wire, and XML made comparable.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cns/soap.h"

namespace syncer {

inline std::string file_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

inline std::filesystem::path wire_folder(const std::string& folder) {
  return std::filesystem::path(SYNCER_GOLDEN_DIR) / "wire" / folder;
}

// All recorded files of one folder whose name ends like that.
inline std::vector<std::filesystem::path> recorded(const std::string& folder,
                                                   const std::string& ending) {
  // Listed once: the folders are large.
  static std::map<std::string, std::vector<std::filesystem::path>> listings;
  std::vector<std::filesystem::path>& all = listings[folder];
  if (all.empty()) {
    for (const auto& entry : std::filesystem::directory_iterator(wire_folder(folder)))
      all.push_back(entry.path());
  }
  std::vector<std::filesystem::path> found;
  for (const std::filesystem::path& path : all) {
    if (path.native().ends_with(ending)) found.push_back(path);
  }
  return found;
}

// Text of the one file whose name starts and ends like that.
inline std::string golden(const std::string& folder, const std::string& start,
                          const std::string& ending) {
  std::vector<std::filesystem::path> found;
  for (const std::filesystem::path& path : recorded(folder, ending)) {
    if (path.filename().string().starts_with(start)) found.push_back(path);
  }
  if (found.size() != 1) {
    ADD_FAILURE() << found.size() << " files like " << folder << "/" << start << "*" << ending;
    return std::string();
  }
  return file_text(found.front());
}

inline std::shared_ptr<const SoapAnswer> parsed(std::string body) {
  Outcome<std::shared_ptr<const SoapAnswer>> answer = SoapAnswer::parse(std::move(body));
  if (!answer) {
    ADD_FAILURE() << answer.error().detail;
    return std::make_shared<SoapAnswer>();
  }
  return *std::move(answer);
}

// An element as local names, moref type, xsi:type (if `typed`) and text, children in order:
// whatever prefixes, declarations and headers the writer chose.
inline void append_canonical(std::string& out, pugi::xml_node node, bool typed) {
  out += local_name(node.name());
  if (const pugi::xml_attribute type = node.attribute("type"); type)
    out += std::string("@") + type.value();
  if (typed && !xsi_type(node).empty()) out += ":" + std::string(xsi_type(node));
  out += "{";
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() == pugi::node_element) {
      append_canonical(out, child, typed);
    } else {
      out += child.value();
    }
  }
  out += "}";
}

// The method element of a request envelope, with the namespace it declares.
inline std::string canonical_request(const std::string& envelope, bool typed = true) {
  pugi::xml_document document;
  EXPECT_TRUE(document.load_string(envelope.c_str())) << envelope;
  const pugi::xml_node method = child_of(child_of(document, "Envelope"), "Body").first_child();
  std::string out = std::string(method.attribute("xmlns").value()) + " ";
  append_canonical(out, method, typed);
  return out;
}

} // namespace syncer
