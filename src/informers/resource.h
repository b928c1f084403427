#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace syncer {

// What is listed and watched.
enum class Resource : std::uint8_t { kVolumes, kClaims, kPods };
inline constexpr std::array<Resource, 3> kResources = {Resource::kVolumes, Resource::kClaims,
                                                       Resource::kPods};

constexpr std::size_t index_of(Resource resource) { return static_cast<std::size_t>(resource); }

// The plural name, as in URLs and metric labels.
constexpr const char* name_of(Resource resource) {
  switch (resource) {
    case Resource::kVolumes:
      return "persistentvolumes";
    case Resource::kClaims:
      return "persistentvolumeclaims";
    case Resource::kPods:
      return "pods";
  }
  return "";
}

constexpr bool namespaced(Resource resource) { return resource != Resource::kVolumes; }

// One value per resource.
template <class T>
class PerResource {
 public:
  T& operator[](Resource resource) { return values_[index_of(resource)]; }
  const T& operator[](Resource resource) const { return values_[index_of(resource)]; }
  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }
  auto begin() { return values_.begin(); }
  auto end() { return values_.end(); }

 private:
  std::array<T, 3> values_{};
};

} // namespace syncer
