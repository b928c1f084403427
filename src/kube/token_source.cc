#include "kube/token_source.h"

#include "kube/files.h"

namespace syncer {

namespace {
constexpr std::chrono::seconds kMaxAge{50};
} // namespace

TokenSource::TokenSource(const Clock& clock, Secret token, std::string file)
    : clock_(clock), token_(std::move(token)), file_(std::move(file)) {}

const Secret& TokenSource::token() {
  if (!file_.empty() && (!read_ || clock_.now() - read_at_ >= kMaxAge)) read_again();
  return token_;
}

void TokenSource::read_again() {
  if (file_.empty()) return;
  read_ = true;
  read_at_ = clock_.now();
  auto text = read_text_file(file_);
  if (!text) return;
  const std::string trimmed = trim(*text);
  if (!trimmed.empty()) token_ = Secret(trimmed);
}

} // namespace syncer
