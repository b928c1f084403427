#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/outcome.h"

namespace syncer {

// The admin port of a running service (docs/admin.md), as a command asks it. Blocks.
class AdminPort {
 public:
  virtual ~AdminPort() = default;
  // kTransient: nobody answered, or with something else than JSON. kRejected: refused; the detail
  // says why, and on a replica that stands by how to reach the one that leads.
  virtual Outcome<nlohmann::json> ask(const std::string& method, const std::string& path,
                                      const nlohmann::json& body = nullptr) = 0;
};

// By HTTP at HOST:PORT.
class HttpAdminPort final : public AdminPort {
 public:
  explicit HttpAdminPort(std::string address) : address_(std::move(address)) {}
  Outcome<nlohmann::json> ask(const std::string& method, const std::string& path,
                              const nlohmann::json& body) override;

 private:
  std::string address_;
};

} // namespace syncer
