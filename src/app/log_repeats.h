#pragma once

#include <spdlog/sinks/sink.h>

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace syncer {

// Which of many like lines are shown: the first few of each shape, then only their number.
class RepeatBook {
 public:
  static constexpr std::uint32_t kShown = 5;
  static constexpr std::size_t kShapes = 256; // the oldest makes room

  struct Repeat {
    std::string logger;
    int level = 0;
    std::string example; // the last one that was not shown
    std::uint64_t count = 0;
  };

  // Whether this one is to be shown.
  bool pass(std::string_view logger, int level, std::string_view message);
  // What was not shown since the last call, in the order in which it began; and starts anew.
  std::vector<Repeat> drain();
  std::uint64_t evicted() const { return evicted_; } // shapes that made room, their numbers told

 private:
  struct Shape {
    std::uint32_t shown = 0;
    Repeat repeat;
  };
  std::list<Shape> shapes_;
  std::unordered_map<std::string, std::list<Shape>::iterator> by_key_;
  std::list<std::string> keys_; // as `shapes_`, for the oldest
  std::vector<Repeat> owed_;    // of shapes that made room
  std::uint64_t evicted_ = 0;
};

// Shows warnings and errors through a RepeatBook, and everything else as it comes.
class CollapsingSink final : public spdlog::sinks::sink {
 public:
  explicit CollapsingSink(spdlog::sink_ptr inner) : inner_(std::move(inner)) {}

  void log(const spdlog::details::log_msg& message) override;
  void flush() override { inner_->flush(); }
  void set_pattern(const std::string& pattern) override { inner_->set_pattern(pattern); }
  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override {
    inner_->set_formatter(std::move(formatter));
  }
  // Says how often what was not shown came: the example with `repeated=<number>` behind it.
  void tell_repeats();
  const RepeatBook& book() const { return book_; }

 private:
  spdlog::sink_ptr inner_;
  RepeatBook book_;
};

} // namespace syncer
