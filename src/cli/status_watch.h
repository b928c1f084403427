#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cli/admin_port.h"
#include "cli/terminal.h"

namespace syncer {

// What comes of asking again and again.
class StatusView {
 public:
  virtual ~StatusView() = default;
  // What to write when the watching is ended.
  virtual const char* last_words() const { return ""; }
  virtual void answered(const nlohmann::json& status) = 0;
  virtual void failed(const Error& why) = 0;
};

// The whole terminal, redrawn in place. While nobody answers the last picture stays, under a line
// that says since when. What does not fit into the height is left out, and counted.
class LivePicture final : public StatusView {
 public:
  LivePicture(std::size_t most_failures, double every, const Terminal& terminal);
  ~LivePicture() override;
  LivePicture(const LivePicture&) = delete;
  LivePicture& operator=(const LivePicture&) = delete;
  const char* last_words() const override;
  void answered(const nlohmann::json& status) override;
  void failed(const Error& why) override;

 private:
  void draw();

  std::size_t most_failures_;
  std::string every_;
  const Terminal& terminal_;
  std::optional<nlohmann::json> last_;
  std::string as_of_;
  std::string silent_since_; // empty: it answers
  std::string why_silent_;
};

// In a file: one status after the other, each under the time, with a blank line between them.
class StatusLog final : public StatusView {
 public:
  StatusLog(std::size_t most_failures, const Terminal& terminal)
      : most_failures_(most_failures), terminal_(terminal) {}
  void answered(const nlohmann::json& status) override;
  void failed(const Error& why) override;

 private:
  void begin();

  std::size_t most_failures_;
  const Terminal& terminal_;
  bool begun_ = false;
};

// One object per line; what fails goes to `err`.
class JsonLines final : public StatusView {
 public:
  explicit JsonLines(const Terminal& terminal) : terminal_(terminal) {}
  void answered(const nlohmann::json& status) override;
  void failed(const Error& why) override;

 private:
  const Terminal& terminal_;
};

// Asks every `every` seconds; never returns: a signal ends the process (see Terminal).
[[noreturn]] void watch_status(AdminPort& port, StatusView& view, double every,
                               const Terminal& terminal);

} // namespace syncer
