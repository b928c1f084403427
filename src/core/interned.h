#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace syncer {

// A string kept once for the whole process, however many objects hold it: 8 bytes a copy, equality
// by address. The text goes when its last holder goes. Single thread only (design: one io_context).
class InternedString {
 public:
  InternedString() = default;
  InternedString(std::string_view text); // NOLINT(google-explicit-constructor): reads as a string
  InternedString(const char* text) : InternedString(std::string_view(text)) {}
  InternedString(const std::string& text) : InternedString(std::string_view(text)) {}
  InternedString(const InternedString& other) : node_(other.node_) { retain(); }
  InternedString(InternedString&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  InternedString& operator=(const InternedString& other) {
    InternedString(other).swap(*this);
    return *this;
  }
  InternedString& operator=(InternedString&& other) noexcept {
    InternedString(std::move(other)).swap(*this);
    return *this;
  }
  ~InternedString() { release(); }

  // Valid as long as some holder of the same text lives.
  std::string_view view() const;
  std::string str() const { return std::string(view()); }
  bool empty() const { return node_ == nullptr; }
  // Of the text, so that tables are walked in the same order in every run. Does not read the text.
  std::size_t hash() const;

  bool operator==(const InternedString& other) const { return node_ == other.node_; }
  std::strong_ordering operator<=>(const InternedString& other) const {
    return node_ == other.node_ ? std::strong_ordering::equal : view() <=> other.view();
  }

  // Distinct texts alive now, for tests and metrics.
  static std::size_t alive();

  struct Node;

 private:
  void swap(InternedString& other) noexcept { std::swap(node_, other.node_); }
  void retain() const;
  void release();
  Node* node_ = nullptr;
};

} // namespace syncer

template <>
struct std::hash<syncer::InternedString> {
  std::size_t operator()(const syncer::InternedString& s) const { return s.hash(); }
};
