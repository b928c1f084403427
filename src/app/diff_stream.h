#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/admin_server.h"
#include "reconcile/diff_pass.h"

namespace syncer {

// The answer of GET /diff: one vCenter after the other, page by page, as docs/admin.md describes
// it.
class DiffStream final : public AdminStream {
 public:
  // Begins the pass of a vCenter; null: it is not configured any more.
  using Begin = std::function<std::unique_ptr<DiffPass>(const std::string& vcenter)>;
  // `still_valid`: what the passes read from is still there. Asked before each page.
  DiffStream(std::vector<std::string> vcenters, Begin begin, std::function<bool()> still_valid)
      : vcenters_(std::move(vcenters)),
        begin_(std::move(begin)),
        still_valid_(std::move(still_valid)) {}

  asio::awaitable<std::string> next() override;

 private:
  std::string over(const std::string& error);

  std::vector<std::string> vcenters_;
  Begin begin_;
  std::function<bool()> still_valid_;
  std::size_t at_ = 0;
  std::unique_ptr<DiffPass> pass_;
  DiffPass::Counts counts_;
  bool ended_ = false;
};

} // namespace syncer
