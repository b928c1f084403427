#include "sim/vcenter_session.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <random>

namespace syncer::sim {

namespace {

std::string in_case(std::string_view text, int (*change)(int)) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(change(static_cast<unsigned char>(c)));
  return out;
}

bool same_user(std::string_view one, std::string_view other) {
  return in_case(canonical_user(one), std::tolower) == in_case(canonical_user(other), std::tolower);
}

} // namespace

std::string_view session_cookie(std::string_view cookie_header) {
  constexpr std::string_view kName = "vmware_soap_session=";
  std::size_t at = 0;
  while (at < cookie_header.size()) {
    at = std::min(cookie_header.find_first_not_of("; ", at), cookie_header.size());
    const std::size_t end = std::min(cookie_header.find(';', at), cookie_header.size());
    const std::string_view cookie = cookie_header.substr(at, end - at);
    if (cookie.substr(0, kName.size()) == kName) return cookie.substr(kName.size());
    at = end;
  }
  return {};
}

std::string canonical_user(std::string_view user) {
  const std::size_t at = user.rfind('@');
  if (at == std::string_view::npos) return std::string(user);
  return in_case(user.substr(at + 1), std::toupper) + "\\" + std::string(user.substr(0, at));
}

std::string SessionTable::random_id() {
  std::random_device device;
  char text[40];
  const int length = std::snprintf(text, sizeof text, "52%06x-%04x-%04x-%04x-%08x%04x",
                                   device() & 0xffffffU, device() & 0xffffU, device() & 0xffffU,
                                   device() & 0xffffU, device(), device() & 0xffffU);
  return std::string(text, static_cast<std::size_t>(length));
}

bool SessionTable::accepts(std::string_view user, std::string_view password) {
  if (locked_ || !same_user(user, rules_.user) || password != rules_.password) {
    ++failed_logins_;
    if (rules_.lockout_after > 0 && ++failed_in_a_row_ >= rules_.lockout_after) locked_ = true;
    return false;
  }
  failed_in_a_row_ = 0;
  return true;
}

SimSession* SessionTable::login(std::string_view user, std::string_view password, TimePoint now,
                                WallTime wall) {
  if (!accepts(user, password)) return nullptr;
  ++logins_;
  auto session = std::make_unique<SimSession>();
  session->key = random_id();
  session->cookie = "\"" + random_id() + "\"";
  session->user = canonical_user(rules_.user);
  session->login_time = session->last_active_wall = wall;
  session->last_active = now;
  const std::uint64_t login = next_login_++;
  by_key_[session->key] = login;
  by_cookie_[session->cookie] = login;
  return by_login_.emplace(login, std::move(session)).first->second.get();
}

SimSession* SessionTable::find(std::string_view cookie_header, TimePoint now, WallTime wall) {
  const auto found = by_cookie_.find(std::string(session_cookie(cookie_header)));
  if (found == by_cookie_.end()) return nullptr;
  SimSession& session = *by_login_.at(found->second);
  if (session.waiting == 0 && now - session.last_active > rules_.idle) {
    end(std::string(session.key));
    return nullptr;
  }
  session.last_active = now;
  session.last_active_wall = wall;
  ++session.calls;
  return &session;
}

SimSession* SessionTable::find_key(std::string_view key) {
  const auto found = by_key_.find(std::string(key));
  return found == by_key_.end() ? nullptr : by_login_.at(found->second).get();
}

bool SessionTable::end(std::string_view key) {
  const auto found = by_key_.find(std::string(key));
  if (found == by_key_.end()) return false;
  const auto at = by_login_.find(found->second);
  const std::unique_ptr<SimSession> session = std::move(at->second);
  by_login_.erase(at);
  by_cookie_.erase(session->cookie);
  by_key_.erase(found);
  ended_(*session);
  return true;
}

void SessionTable::end_all() {
  while (!by_login_.empty()) end(std::string(by_login_.begin()->second->key));
}

std::vector<std::string> SessionTable::user_agents() const {
  std::vector<std::string> agents;
  for (const auto& [login, session] : by_login_) agents.push_back(session->user_agent);
  return agents;
}

bool SessionTable::end_nth(std::size_t nth) {
  if (nth >= by_login_.size()) return false;
  auto at = by_login_.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(nth));
  return end(std::string(at->second->key));
}

} // namespace syncer::sim
