#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace syncer::sim {

struct SimSession {
  std::string key;    // UserSession.key, not the cookie
  std::string cookie; // the exact bytes the client must send back, quotes included
  std::string user;   // canonical form, DOMAIN\name
  std::string address, user_agent;
  std::chrono::system_clock::time_point login_time, last_active_wall;
  std::chrono::steady_clock::time_point last_active;
  std::uint64_t calls = 0;
  std::optional<std::string> writes_for; // who led when it changed CNS first
  std::size_t waiting = 0;               // long polls under way keep it from idling out
};

// Who is logged in, by cookie; passwords and their lockout. Time comes in as arguments.
class SessionTable {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using WallTime = std::chrono::system_clock::time_point;
  struct Rules {
    std::string user = "Administrator@vsphere.local";
    std::string password = "vc-pass";
    int lockout_after = 0; // wrong passwords in a row; 0: never
    std::chrono::nanoseconds idle = std::chrono::minutes(30);
  };
  // `ended` hears of every session that ends, however it does.
  SessionTable(Rules rules, std::function<void(const SimSession&)> ended)
      : rules_(std::move(rules)), ended_(std::move(ended)) {}

  // A login of any kind; counts. False: wrong name or password, or locked. `user` is name@domain or
  // DOMAIN\name.
  bool accepts(std::string_view user, std::string_view password);
  // Null: not accepted.
  SimSession* login(std::string_view user, std::string_view password, TimePoint now, WallTime wall);
  // The live session of a Cookie header, marked as active now; null when there is none.
  SimSession* find(std::string_view cookie_header, TimePoint now, WallTime wall);
  SimSession* find_key(std::string_view key);
  bool end(std::string_view key);
  void end_all();
  // The `nth` of them in the order of login; false when there are fewer.
  bool end_nth(std::size_t nth);
  std::size_t size() const { return by_key_.size(); }
  std::vector<std::string> user_agents() const; // of the live sessions, oldest first

  void set_password(std::string password) { rules_.password = std::move(password); }
  void set_locked(bool locked) { locked_ = locked; }
  bool locked() const { return locked_; }
  std::uint64_t failed_logins() const { return failed_logins_; }
  std::uint64_t logins() const { return logins_; }

 private:
  std::string random_id();

  Rules rules_;
  std::function<void(const SimSession&)> ended_;
  std::map<std::uint64_t, std::unique_ptr<SimSession>> by_login_;
  std::unordered_map<std::string, std::uint64_t> by_cookie_;
  std::unordered_map<std::string, std::uint64_t> by_key_;
  std::uint64_t next_login_ = 1;
  std::uint64_t logins_ = 0;
  std::uint64_t failed_logins_ = 0;
  int failed_in_a_row_ = 0;
  bool locked_ = false;
};

// Value of the cookie vmware_soap_session, byte for byte.
std::string_view session_cookie(std::string_view cookie_header);
// Administrator@vsphere.local -> VSPHERE.LOCAL\Administrator; anything else as it is.
std::string canonical_user(std::string_view user);

} // namespace syncer::sim
