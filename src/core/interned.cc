#include "core/interned.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <unordered_set>

namespace syncer {

// One allocation: the header, then the text.
struct InternedString::Node {
  std::uint32_t holders;
  std::uint32_t size;
  std::uint32_t hash;
  std::string_view text() const { return {reinterpret_cast<const char*>(this + 1), size}; }
};

namespace {

using Node = InternedString::Node;

struct ByText {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return static_cast<std::uint32_t>(std::hash<std::string_view>()(text));
  }
  std::size_t operator()(const Node* node) const { return node->hash; }
  bool operator()(const Node* a, const Node* b) const { return a->text() == b->text(); }
  bool operator()(std::string_view a, const Node* b) const { return a == b->text(); }
  bool operator()(const Node* a, std::string_view b) const { return a->text() == b; }
};

// Never destroyed: static objects may still hold strings when the process ends.
std::unordered_set<Node*, ByText, ByText>& table() {
  static auto* const instance = new std::unordered_set<Node*, ByText, ByText>();
  return *instance;
}

} // namespace

InternedString::InternedString(std::string_view text) {
  if (text.empty()) return;
  auto& all = table();
  if (const auto found = all.find(text); found != all.end()) {
    node_ = *found;
    ++node_->holders;
    return;
  }
  void* memory = std::malloc(sizeof(Node) + text.size());
  if (memory == nullptr) throw std::bad_alloc();
  node_ = new (memory)
      Node{1, static_cast<std::uint32_t>(text.size()), static_cast<std::uint32_t>(ByText()(text))};
  std::memcpy(node_ + 1, text.data(), text.size());
  all.insert(node_);
}

std::string_view InternedString::view() const {
  return node_ == nullptr ? std::string_view() : node_->text();
}

std::size_t InternedString::hash() const { return node_ == nullptr ? 0 : node_->hash; }

void InternedString::retain() const {
  if (node_ != nullptr) ++node_->holders;
}

void InternedString::release() {
  if (node_ == nullptr || --node_->holders > 0) return;
  table().erase(node_);
  std::free(node_);
}

std::size_t InternedString::alive() { return table().size(); }

} // namespace syncer
