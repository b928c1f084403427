#include "app/logging.h"

#include <spdlog/formatter.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "app/log_fields.h"
#include "app/log_repeats.h"
#include "core/utf8.h"
#include "kube/event_json.h"

namespace syncer {

namespace {

constexpr std::string_view kProcess = "syncer";
constexpr std::size_t kMost = 8192; // bytes of a message
constexpr std::array<std::string_view, 4> kOwnKeys{"time", "level", "vc", "msg"};

// ,"key":"value" for each pair of the message.
std::string pairs_of(std::string_view message) {
  std::string members;
  for (const auto& [key, value] : split_fields(message).pairs) {
    if (std::find(kOwnKeys.begin(), kOwnKeys.end(), key) != kOwnKeys.end()) continue;
    members += ",\"";
    members += key;
    members += "\":\"";
    append_json_escaped(value, members);
    members += '"';
  }
  return members;
}

// The logger of a vCenter is named after it.
std::string_view vcenter_of(const spdlog::details::log_msg& message) {
  const std::string_view name(message.logger_name.data(), message.logger_name.size());
  return name == kProcess ? std::string_view() : name;
}

// For people: "vc=<host> " in front of what a vCenter's logger says.
class VCenterFlag final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string_view name = vcenter_of(message);
    if (!name.empty()) fmt::format_to(std::back_inserter(out), "vc={} ", name);
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<VCenterFlag>();
  }
};

// The library's own list of loggers: by it a change of level reaches all of them.
void keep(const std::shared_ptr<spdlog::logger>& logger) {
  spdlog::drop(logger->name());
  spdlog::register_logger(logger);
}

class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const std::string_view text = cut_text({message.payload.data(), message.payload.size()}, kMost);
    std::string escaped;
    append_json_escaped(text, escaped);
    std::string vcenter;
    if (const std::string_view name = vcenter_of(message); !name.empty()) {
      vcenter = "\"vc\":\"";
      append_json_escaped(name, vcenter);
      vcenter += "\",";
    }
    const auto since = message.time.time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(since - seconds);
    const std::time_t time = static_cast<std::time_t>(seconds.count());
    std::tm utc{};
    gmtime_r(&time, &utc);
    const auto level = spdlog::level::to_string_view(message.level);
    fmt::format_to(std::back_inserter(out),
                   "{{\"time\":\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z\",\"level\":\"{}\","
                   "{}\"msg\":\"{}\"{}}}\n",
                   utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                   utc.tm_sec, micros.count(), std::string_view(level.data(), level.size()),
                   vcenter, escaped, pairs_of(text));
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonFormatter>();
  }
};

} // namespace

void append_json_escaped(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    const char c = text[i];
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (length == 1 && static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out.append(text, i, length);
    }
    i += length == 0 ? 1 : length;
  }
}

std::shared_ptr<spdlog::logger> make_logger(bool json, const std::string& level) {
  spdlog::sink_ptr sink;
  if (json) {
    sink = std::make_shared<spdlog::sinks::stderr_sink_st>();
    sink->set_formatter(std::make_unique<JsonFormatter>());
  } else {
    sink = std::make_shared<spdlog::sinks::stderr_color_sink_st>();
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<VCenterFlag>('*').set_pattern("%Y-%m-%d %H:%M:%S.%e %^%-5l%$ %*%v");
    sink->set_formatter(std::move(formatter));
  }
  auto collapsing = std::make_shared<CollapsingSink>(std::move(sink));
  auto logger = std::make_shared<spdlog::logger>(std::string(kProcess), std::move(collapsing));
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::trace);
  keep(logger);
  return logger;
}

std::shared_ptr<spdlog::logger> vcenter_logger(spdlog::logger& process, const std::string& host) {
  std::shared_ptr<spdlog::logger> logger = process.clone(host);
  keep(logger);
  return logger;
}

void tell_repeats(const spdlog::logger& log) {
  for (const spdlog::sink_ptr& sink : log.sinks()) {
    if (auto* const collapsing = dynamic_cast<CollapsingSink*>(sink.get())) {
      collapsing->tell_repeats();
    }
  }
}

std::uint64_t repeats_evicted(const spdlog::logger& log) {
  std::uint64_t evicted = 0;
  for (const spdlog::sink_ptr& sink : log.sinks()) {
    if (const auto* const collapsing = dynamic_cast<const CollapsingSink*>(sink.get())) {
      evicted += collapsing->book().evicted();
    }
  }
  return evicted;
}

void set_log_level(const std::string& level) { spdlog::set_level(spdlog::level::from_str(level)); }

} // namespace syncer
