#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "core/outcome.h"

namespace syncer {

// The line that runs a command in the pod of that replica.
std::string exec_line(const std::string& ns, const std::string& pod, const std::string& command);

// The admin port of a running service (docs/admin.md), as a command asks it. Blocks.
class AdminPort {
 public:
  virtual ~AdminPort() = default;
  // kTransient: nobody answered, or with something else than JSON. kRejected: refused; the detail
  // says why, and on a replica that stands by how to reach the one that leads.
  virtual Outcome<nlohmann::json> ask(const std::string& method, const std::string& path,
                                      const nlohmann::json& body = nullptr) = 0;
  // GETs an answer that is no JSON. Errors as of ask.
  virtual Outcome<std::string> read_text(const std::string& path) = 0;
  // GETs an answer of one object per line, and passes each on as it comes. Errors as of ask;
  // kTransient also when the answer breaks off.
  virtual Outcome<> read_lines(const std::string& path,
                               const std::function<void(const nlohmann::json&)>& each) = 0;
};

// By HTTP at HOST:PORT. `command` is what to run at the replica that leads, when this one does not.
class HttpAdminPort final : public AdminPort {
 public:
  explicit HttpAdminPort(std::string address, std::string command = "vsphere-syncer ...")
      : address_(std::move(address)), command_(std::move(command)) {}
  Outcome<nlohmann::json> ask(const std::string& method, const std::string& path,
                              const nlohmann::json& body) override;
  Outcome<std::string> read_text(const std::string& path) override;
  Outcome<> read_lines(const std::string& path,
                       const std::function<void(const nlohmann::json&)>& each) override;

 private:
  struct Connection;
  Outcome<std::unique_ptr<Connection>> connect() const;
  Error no_answer(const Error& error) const;
  Error refused(const std::string& body, int status) const;

  std::string address_;
  std::string command_;
};

} // namespace syncer
