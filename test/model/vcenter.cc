#include "vcenter.h"

#include <memory>

#include "core/fingerprint.h"

namespace syncer::model {

namespace {

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15ULL;

std::uint64_t mixed(std::uint64_t value) {
  value += kGolden;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

std::uint64_t hashed(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ULL;
  }
  return hash;
}

bool is_lost(VCenter::Fate fate) {
  return fate == VCenter::Fate::kLostApplied || fate == VCenter::Fate::kLostNotApplied ||
         fate == VCenter::Fate::kLostLate;
}

} // namespace

std::uint64_t VCenter::chance(const std::string& about, std::string_view what) {
  const std::string key = about + std::string(what);
  return mixed(mixed(seed_ ^ hashed(key)) + ++calls_[key]);
}

VCenter::Fate VCenter::fate(const std::string& about) {
  auto drawn = static_cast<unsigned>(chance(about, "/write") % 1000);
  const auto within = [&](unsigned share) {
    if (drawn < share) return true;
    drawn -= share;
    return false;
  };
  if (within(weather.unsent)) return Fate::kUnsent;
  if (within(weather.refused)) return Fate::kRefused;
  if (within(weather.lost_applied)) return Fate::kLostApplied;
  if (within(weather.lost_not_applied)) return Fate::kLostNotApplied;
  if (within(weather.lost_late)) return Fate::kLostLate;
  return Fate::kDone;
}

bool VCenter::read_fails(const std::string& about) {
  return chance(about, "/read") % 1000 < weather.reads_fail;
}

Clock::duration VCenter::late(const std::string& about) {
  return weather.late * static_cast<int>(chance(about, "/late") % 1000) / 1000;
}

void VCenter::run_until(Time now) {
  while (!tasks_.empty() && tasks_.begin()->first <= now) {
    const auto task = std::move(tasks_.begin()->second);
    tasks_.erase(tasks_.begin());
    task();
  }
}

void Session::post(VCenter::Fate fate, const std::string& about, std::function<void()> task) {
  const Time now = clock_.now();
  if (fate == VCenter::Fate::kDone || fate == VCenter::Fate::kLostApplied) {
    vcenter_.schedule(now + vcenter_.weather.task_time, std::move(task));
  } else if (fate == VCenter::Fate::kLostLate) {
    vcenter_.schedule(now + vcenter_.late(about), std::move(task));
  }
}

WriteResult Session::refusal(VCenter::Fate fate, Time posted_at) {
  WriteResult result;
  result.posted_at = posted_at;
  result.fault = CnsFault::kOther;
  result.error = Error{ErrorKind::kTransient, "reply lost"};
  if (fate == VCenter::Fate::kUnsent || fate == VCenter::Fate::kRefused) {
    result.end = WriteEnd::kRefused;
    result.error.detail = "refused by the weather";
    result.error.unsent = fate == VCenter::Fate::kUnsent;
  }
  return result;
}

asio::awaitable<Outcome<std::vector<VolumeId>>> Session::query_ids() {
  vcenter_.run_until(clock_.now());
  const bool fails = vcenter_.read_fails("ids");
  std::vector<VolumeId> ids = vcenter_.store.ids();
  const Time done = clock_.now() + vcenter_.weather.read_time;
  co_await clock_.sleep_until(done);
  if (fails) co_return Error{ErrorKind::kTransient, "no answer"};
  co_return std::move(ids);
}

asio::awaitable<Outcome<std::vector<CnsVolume>>> Session::query_volumes(std::vector<VolumeId> ids) {
  vcenter_.run_until(clock_.now());
  const bool fails = vcenter_.read_fails(ids.size() == 1 ? ids.front().str() : "page");
  if (!fails) watch_.read(ids);
  std::vector<CnsVolume> answers;
  for (const VolumeId& id : ids) {
    auto volume = vcenter_.store.answer(id);
    if (!volume) continue;
    if (const auto place = vcenter_.places.find(id); place != vcenter_.places.end()) {
      volume->disk_path = place->second;
    }
    answers.push_back(std::move(*volume));
  }
  const Time done = clock_.now() + vcenter_.weather.read_time;
  co_await clock_.sleep_until(done);
  if (fails) co_return Error{ErrorKind::kTransient, "no answer"};
  co_return std::move(answers);
}

asio::awaitable<WriteResult> Session::update(CnsUpdate update) {
  vcenter_.run_until(clock_.now());
  watch_.update(update);
  ++vcenter_.updates;
  const std::string about = update.id.str();
  const VCenter::Fate fate = vcenter_.fate(about);
  const Time posted_at = clock_.now();
  const auto fault = std::make_shared<CnsFault>(CnsFault::kNone);
  post(fate, about, [&store = vcenter_.store, update, fault] { *fault = store.apply(update); });
  const Time done = posted_at + vcenter_.weather.task_time;
  co_await clock_.sleep_until(done);
  vcenter_.run_until(clock_.now());
  if (is_lost(fate)) watch_.lost(update.id, posted_at);
  if (fate != VCenter::Fate::kDone) co_return refusal(fate, posted_at);
  WriteResult result;
  result.posted_at = posted_at;
  result.fault = *fault;
  result.end = *fault == CnsFault::kNone ? WriteEnd::kAcknowledged : WriteEnd::kRefused;
  if (*fault != CnsFault::kNone) result.error = Error{ErrorKind::kRejected, "against the rules"};
  co_return result;
}

asio::awaitable<CreateResult> Session::create(CnsCreate create) {
  vcenter_.run_until(clock_.now());
  watch_.create(create);
  ++vcenter_.creates;
  const std::string about = create.backing_id;
  const VCenter::Fate fate = vcenter_.fate(about);
  const Time posted_at = clock_.now();
  const auto created = std::make_shared<CnsStore::Created>();
  post(fate, about, [&store = vcenter_.store, create, created] { *created = store.apply(create); });
  const Time done = posted_at + vcenter_.weather.task_time;
  co_await clock_.sleep_until(done);
  vcenter_.run_until(clock_.now());
  if (is_lost(fate)) watch_.lost(VolumeId(about), posted_at);
  CreateResult result;
  if (fate != VCenter::Fate::kDone) {
    result.write = refusal(fate, posted_at);
    co_return result;
  }
  result.id = created->id;
  result.already_registered = created->already_registered;
  result.write.posted_at = posted_at;
  result.write.fault = created->fault;
  const bool done_well = created->fault == CnsFault::kNone;
  result.write.end = done_well ? WriteEnd::kAcknowledged : WriteEnd::kRefused;
  if (!done_well) result.write.error = Error{ErrorKind::kRejected, "against the rules"};
  co_return result;
}

asio::awaitable<WriteResult> Session::unregister(VolumeId id) {
  vcenter_.run_until(clock_.now());
  watch_.unregister(id);
  ++vcenter_.unregistrations;
  const std::string about = id.str();
  const VCenter::Fate fate = vcenter_.fate(about);
  const Time posted_at = clock_.now();
  post(fate, about, [&store = vcenter_.store, id] { static_cast<void>(store.unregister(id)); });
  const Time done = posted_at + vcenter_.weather.task_time;
  co_await clock_.sleep_until(done);
  vcenter_.run_until(clock_.now());
  if (is_lost(fate)) watch_.lost(id, posted_at);
  WriteResult result;
  if (fate != VCenter::Fate::kDone) co_return refusal(fate, posted_at);
  result.posted_at = posted_at;
  result.end = WriteEnd::kAcknowledged;
  co_return result;
}

} // namespace syncer::model
