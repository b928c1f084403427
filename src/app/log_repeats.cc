#include "app/log_repeats.h"

#include <spdlog/details/log_msg.h>

#include "app/log_fields.h"

namespace syncer {

namespace {

std::string_view text_of(const spdlog::string_view_t& text) { return {text.data(), text.size()}; }

} // namespace

bool RepeatBook::pass(std::string_view logger, int level, std::string_view message) {
  std::string key(logger);
  key += '\n';
  key += std::to_string(level);
  key += shape_of(message);
  auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    if (shapes_.size() == kShapes) {
      if (shapes_.front().repeat.count > 0) owed_.push_back(std::move(shapes_.front().repeat));
      by_key_.erase(keys_.front());
      keys_.pop_front();
      shapes_.pop_front();
      ++evicted_;
    }
    keys_.push_back(key);
    shapes_.emplace_back();
    found = by_key_.emplace(std::move(key), std::prev(shapes_.end())).first;
  }
  Shape& shape = *found->second;
  if (shape.shown < kShown) {
    ++shape.shown;
    return true;
  }
  shape.repeat.logger = logger;
  shape.repeat.level = level;
  shape.repeat.example = message;
  ++shape.repeat.count;
  return false;
}

std::vector<RepeatBook::Repeat> RepeatBook::drain() {
  std::vector<Repeat> repeats = std::exchange(owed_, {});
  for (Shape& shape : shapes_) {
    if (shape.repeat.count > 0) repeats.push_back(std::move(shape.repeat));
  }
  shapes_.clear();
  by_key_.clear();
  keys_.clear();
  return repeats;
}

void CollapsingSink::log(const spdlog::details::log_msg& message) {
  const bool shown =
      message.level < spdlog::level::warn ||
      book_.pass(text_of(message.logger_name), message.level, text_of(message.payload));
  if (shown) inner_->log(message);
}

void CollapsingSink::tell_repeats() {
  for (const RepeatBook::Repeat& repeat : book_.drain()) {
    const std::string text = repeat.example + " repeated=" + std::to_string(repeat.count);
    const auto level = static_cast<spdlog::level::level_enum>(repeat.level);
    inner_->log(spdlog::details::log_msg(repeat.logger, level, text));
  }
}

} // namespace syncer
