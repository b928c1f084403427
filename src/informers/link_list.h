#pragma once

#include <algorithm>
#include <memory>
#include <vector>

namespace syncer {

// A set of pointers that nearly always holds none or one: 16 bytes then.
template <class T>
class LinkList {
 public:
  bool empty() const { return first_ == nullptr; }

  void add(T* item) {
    if (first_ == nullptr) {
      first_ = item;
      return;
    }
    if (contains(item)) return;
    if (!rest_) rest_ = std::make_unique<std::vector<T*>>();
    rest_->push_back(item);
  }

  void remove(T* item) {
    if (rest_) {
      rest_->erase(std::remove(rest_->begin(), rest_->end(), item), rest_->end());
      if (first_ == item) {
        first_ = rest_->back();
        rest_->pop_back();
      }
      if (rest_->empty()) rest_.reset();
    } else if (first_ == item) {
      first_ = nullptr;
    }
  }

  template <class Visit>
  void for_each(Visit visit) const {
    if (first_ != nullptr) visit(*first_);
    if (!rest_) return;
    for (T* item : *rest_) visit(*item);
  }

 private:
  bool contains(T* item) const {
    return first_ == item ||
           (rest_ && std::find(rest_->begin(), rest_->end(), item) != rest_->end());
  }

  T* first_ = nullptr;
  std::unique_ptr<std::vector<T*>> rest_; // never empty
};

} // namespace syncer
