#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/events.h"

namespace syncer {

// A core/v1 Event as far as we fill it.
struct EventText {
  EventTarget about;
  std::string_view type; // Normal or Warning
  std::string_view reason;
  std::string_view message;
  std::string_view name; // of the Event itself
  std::uint32_t count = 1;
  std::chrono::system_clock::time_point first;
  std::chrono::system_clock::time_point last;
};

std::string event_namespace(const EventTarget& about);
std::string event_collection(const EventTarget& about); // path
std::string event_json(const EventText& event);
// What raises the count of one that exists (application/merge-patch+json).
std::string event_count_patch(std::uint32_t count, std::chrono::system_clock::time_point last);

// As metadata.uid has it; of one that is no UUID nothing that means anything.
std::string uid_text(const Uid& uid);
// At most `limit` bytes, never half a character of UTF-8.
std::string_view cut_text(std::string_view text, std::size_t limit);
// "<object>.<suffix>" as a valid object name, however long the object's is.
std::string event_name(std::string_view object, std::string_view suffix);
// Names the object for maps and logs: "PersistentVolume/name", "Pod/namespace/name".
std::string event_object(const EventTarget& about);

} // namespace syncer
