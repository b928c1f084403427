#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"
#include "sim/vcenter_faults.h"
#include "sim/vcenter_options.h"
#include "sim/vcenter_record.h"
#include "sim/vcenter_session.h"

namespace syncer::sim {

// Tags, and the Automation REST API that tells of them: the calls that read, in both generations.
// It has sessions of its own but shares the accounts, and their lockout, with SOAP. Strict: what no
// correct client sends is refused and recorded as a violation.
class SimTags {
 public:
  using TimePoint = SessionTable::TimePoint;

  SimTags(SessionTable& accounts, VcenterRecord& record, const SimVcenterOptions& options)
      : accounts_(accounts), record_(record), options_(options) {}

  static bool is_tag_path(std::string_view path);
  // TagLogin, TagLogout, ListAttachedTags, GetTag, GetCategory; empty: none that is served.
  std::string call_of(const HttpRequest& request) const;
  HttpResponse answer(const HttpRequest& request, TimePoint now);

  // By names; what does not exist is made.
  void attach(const std::string& category, const std::string& tag, const ManagedRef& object);
  // Takes the tag off everything.
  void detach(const std::string& category, const std::string& tag);
  // Deletes the tag and leaves its id on the objects, as a reader sees it that comes in between.
  void forget(const std::string& category, const std::string& tag);

  std::size_t sessions() const { return sessions_.size(); } // open ones
  std::uint64_t logins() const { return logins_; }
  void end_sessions() { sessions_.clear(); }

 private:
  struct Tag {
    std::string name;
    std::string category; // id
  };
  struct Call {
    std::string name;
    bool old = false; // below /rest
    std::string id;   // of GetTag and GetCategory
  };

  std::optional<Call> read_call(const HttpRequest& request) const;
  HttpResponse log_in(const Call& call, const HttpRequest& request, TimePoint now);
  HttpResponse list_attached(const Call& call, const HttpRequest& request);
  HttpResponse get_tag(const Call& call) const;
  HttpResponse get_category(const Call& call) const;
  bool logged_in(const HttpRequest& request, TimePoint now);
  HttpResponse violation(std::string what);
  std::string new_id(const char* type);
  std::string category_id(const std::string& name);
  std::string tag_id(const std::string& category, const std::string& name);

  SessionTable& accounts_;
  VcenterRecord& record_;
  const SimVcenterOptions& options_;
  std::map<std::string, std::string> categories_;                                   // names by id
  std::map<std::string, Tag> tags_;                                                 // by id
  std::map<std::string, std::pair<ManagedRef, std::vector<std::string>>> attached_; // by object
  std::map<std::string, TimePoint> sessions_; // when each token was used last
  std::uint64_t next_id_ = 1;
  std::uint64_t logins_ = 0;
};

} // namespace syncer::sim
