#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

#include "sim/vcenter_state.h"
#include "sim/vcenter_xml.h"

namespace syncer::sim {

namespace {

using SteadyClock = std::chrono::steady_clock;

// Everything of the last answer that is still true has to be told again.
void tell_again(Collector& collector) {
  for (const Collector::Told& told : collector.told) {
    PropertyFilter* filter = collector.find(told.filter);
    if (!filter) continue;
    const bool held = filter->view->tasks.contains(told.task);
    if (held) filter->pending.enter(told.task);
    if (!held && told.kind == UpdateKind::kLeave) filter->pending.leave(told.task);
  }
}

void start_over(Collector& collector) {
  for (const auto& filter : collector.filters) {
    filter->pending.clear();
    for (const std::uint64_t task : filter->view->tasks) filter->pending.enter(task);
  }
}

void append_kind(std::string& out, UpdateKind kind) {
  switch (kind) {
    case UpdateKind::kEnter:
      out += "<kind>enter</kind>";
      break;
    case UpdateKind::kModify:
      out += "<kind>modify</kind>";
      break;
    case UpdateKind::kLeave:
      out += "<kind>leave</kind>";
      break;
  }
}

void append_update(std::string& out, const PropertyFilter& filter, std::uint64_t number,
                   UpdateKind kind, const SimTask* task, bool with_result) {
  out += "<objectSet>";
  append_kind(out, task ? kind : UpdateKind::kLeave);
  append_moref(out, "obj", "Task", task_id(number));
  for (const std::string& path : filter.paths) {
    if (!task || kind == UpdateKind::kLeave) break;
    out += "<changeSet>";
    append_element(out, "name", path);
    out += "<op>assign</op>";
    if (path == "info") {
      out += "<val xsi:type=\"TaskInfo\">";
      append_task_info(out, *task, with_result);
      out += "</val>";
    } else {
      out += "<val xsi:type=\"TaskInfoState\">";
      out += to_string(task->state);
      out += "</val>";
    }
    out += "</changeSet>";
  }
  out += "</objectSet>";
}

} // namespace

bool VcenterState::accept_version(Collector& collector, std::string_view version) {
  if (version.empty()) {
    start_over(collector);
    collector.told.clear();
    return true;
  }
  std::uint64_t number = 0;
  const char* last = version.data() + version.size();
  const auto [stop, error] = std::from_chars(version.data(), last, number);
  if (error != std::errc() || stop != last || number == 0) return false;
  if (number == collector.version) {
    collector.told.clear();
    return true;
  }
  // The previous version: the client never got the last answer.
  if (number + 1 != collector.version || collector.told.empty()) return false;
  tell_again(collector);
  return true;
}

asio::awaitable<Answer> VcenterState::wait_for_updates(const SoapCall& call, std::string session) {
  Collector* collector = objects.find_collector(session, call.self.id);
  if (!collector) co_return managed_object_not_found(call.self);
  const std::string_view version = text_of(call.element, "version");
  if (!accept_version(*collector, version)) {
    co_return plain_fault("InvalidCollectorVersion", "The version is not valid.");
  }
  const pugi::xml_node given = call.element.child("options");
  const auto seconds = number_of(given, "maxWaitSeconds");
  const auto most = number_of(given, "maxObjectUpdates");
  std::size_t limit = options.max_object_updates;
  if (most && *most > 0) limit = std::min(limit, static_cast<std::size_t>(*most));
  const SteadyClock::time_point deadline = seconds
                                               ? SteadyClock::now() + *seconds * options.wait_second
                                               : SteadyClock::time_point::max();
  const bool answer_empty = version.empty() && options.first_wait_returns_at_once;

  // One wait at a time: a newer one ends the older one.
  collector->notify();
  const std::uint64_t ticket = ++collector->wait_ticket;
  const auto timer = std::make_shared<asio::steady_timer>(executor_);
  collector->wake = std::make_shared<std::function<void()>>([timer] { timer->cancel(); });
  while (true) {
    if (!sessions.find_key(session)) co_return not_authenticated(call.self);
    collector = objects.find_collector(session, call.self.id);
    if (!collector) co_return managed_object_not_found(call.self);
    if (collector->wait_ticket != ticket || collector->cancelled_ticket >= ticket) {
      co_return plain_fault("RequestCanceled", "The task was canceled by a user.");
    }
    if (collector->anything_pending() || answer_empty) {
      co_return take_updates(*collector, limit, call.reads_vsan);
    }
    if (SteadyClock::now() >= deadline) co_return std::string();
    ++sessions.find_key(session)->waiting;
    timer->expires_at(deadline);
    co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
    if (SimSession* held = sessions.find_key(session)) --held->waiting;
  }
}

std::string VcenterState::take_updates(Collector& collector, std::size_t limit, bool with_result) {
  std::string out = "<returnval>";
  ++collector.version;
  collector.told.clear();
  append_element(out, "version", static_cast<std::int64_t>(collector.version));
  for (const auto& filter : collector.filters) {
    if (limit == 0) break;
    if (filter->pending.empty() && filter->missing.empty()) continue;
    out += "<filterSet>";
    append_moref(out, "filter", "PropertyFilter", filter->id);
    while (limit > 0 && !filter->pending.empty()) {
      const auto [number, kind] = filter->pending.take();
      append_update(out, *filter, number, kind, tasks.find(number), with_result);
      collector.told.push_back({filter->id, number, kind});
      ++record.object_updates;
      --limit;
    }
    for (const std::string& id : filter->missing) {
      out += "<missingSet>";
      append_moref(out, "obj", "Task", id);
      append_localized_fault(out, "fault", managed_object_not_found({"Task", id}));
      out += "</missingSet>";
    }
    filter->missing.clear();
    out += "</filterSet>";
  }
  if (collector.anything_pending()) out += "<truncated>true</truncated>";
  return out + "</returnval>";
}

} // namespace syncer::sim
