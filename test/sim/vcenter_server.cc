#include "sim/vcenter_server.h"

#include "net/http_server.h"
#include "sim/vcenter_state.h"

namespace syncer::sim {

namespace {

// Owns the state while a request is under way.
asio::awaitable<void> serve(std::shared_ptr<VcenterState> state, ServerExchange& exchange) {
  co_await state->serve(exchange);
}

} // namespace

SimVcenter::SimVcenter(asio::any_io_executor executor, std::shared_ptr<VcenterState> state)
    : executor_(std::move(executor)), state_(std::move(state)), port_(state_->options.port) {}

Outcome<std::unique_ptr<SimVcenter>> SimVcenter::create(asio::any_io_executor executor,
                                                        SimVcenterOptions options) {
  auto state = std::make_shared<VcenterState>(executor, std::move(options));
  for (const SimDatacenter& datacenter : state->options.datacenters) {
    if (state->inventory.add(datacenter)) continue;
    return Error{ErrorKind::kRejected, "datacenter " + datacenter.name + ": its id is taken"};
  }
  for (const SimDatastore& datastore : state->options.datastores) {
    if (state->inventory.add(datastore)) continue;
    return Error{ErrorKind::kRejected, "datastore " + datastore.name + ": no such datacenter"};
  }
  for (const SimHost& host : state->options.esx_hosts) {
    if (state->inventory.add(host)) continue;
    return Error{ErrorKind::kRejected, "host " + host.name + ": no such datacenter"};
  }
  for (const SimVm& vm : state->options.vms) {
    if (state->inventory.add(vm)) continue;
    return Error{ErrorKind::kRejected,
                 "virtual machine " + vm.name + ": no such datacenter or host"};
  }
  std::unique_ptr<SimVcenter> made(new SimVcenter(executor, std::move(state)));
  if (Outcome<> listening = made->listen(); !listening) return listening.error();
  return made;
}

SimVcenter::~SimVcenter() {
  state_->shut_down();
  server_.reset();
}

Outcome<> SimVcenter::listen() {
  ServerOptions options;
  options.address = state_->options.address;
  options.port = port_;
  options.tls = state_->options.tls;
  options.cert_pem = state_->options.cert_pem;
  options.key_pem = state_->options.key_pem;
  const std::shared_ptr<VcenterState> state = state_;
  auto made = create_beast_http_server(
      executor_, std::move(options),
      [state](ServerExchange& exchange) { return serve(state, exchange); });
  if (!made) return made.error();
  server_ = *std::move(made);
  port_ = server_->port();
  return {};
}

std::uint16_t SimVcenter::port() const { return port_; }
const SimVcenterOptions& SimVcenter::options() const { return state_->options; }
SimVcenterOptions& SimVcenter::changeable() { return state_->options; }
CnsVolume& SimVcenter::put_volume(SimVolume volume) { return state_->store.put(std::move(volume)); }
void SimVcenter::add_disk(SimDisk disk) { state_->store.add_disk(std::move(disk)); }
void SimVcenter::add_vmdk(SimVmdk vmdk) {
  const InventoryNode* first = state_->inventory.first_datastore();
  if (vmdk.datastore.empty() && first) vmdk.datastore = first->ref.id;
  state_->store.add_vmdk(std::move(vmdk));
}
SimInventory& SimVcenter::inventory() { return state_->inventory; }
SimTags& SimVcenter::tags() { return state_->tags; }
SimPrivileges& SimVcenter::privileges() { return state_->privileges; }
void SimVcenter::put_profile(SimProfile profile) {
  remove_profile(profile.id);
  state_->options.profiles.push_back(std::move(profile));
}
bool SimVcenter::remove_profile(const std::string& id) {
  return std::erase_if(state_->options.profiles,
                       [&](const SimProfile& held) { return held.id == id; }) > 0;
}
CnsStore& SimVcenter::store() { return state_->store; }
void SimVcenter::on_applied(std::function<void(const CnsVolume&)> callback) {
  state_->on_applied = std::move(callback);
}
const VcenterRecord& SimVcenter::record() const { return state_->record; }
void SimVcenter::clear_record() { state_->record = VcenterRecord(); }
const TaskTable& SimVcenter::tasks() const { return state_->tasks; }
SessionTable& SimVcenter::sessions() { return state_->sessions; }
VcenterMischief& SimVcenter::mischief() { return state_->mischief; }

void SimVcenter::set_down(bool down) {
  state_->mischief.set_down(down);
  if (down) cut_connections();
}

Outcome<> SimVcenter::set_gone(bool gone) {
  if (!gone) return server_ ? Outcome<>() : listen();
  server_.reset();
  return {};
}

void SimVcenter::set_black_hole(bool on) {
  state_->mischief.set_black_hole(on);
  if (!on) state_->release_parked();
}

void SimVcenter::cut_connections() {
  if (server_) server_->cut_connections();
}

void SimVcenter::set_task_time(std::chrono::nanoseconds time) { state_->options.task_time = time; }

void SimVcenter::hold_tasks(bool on) {
  state_->tasks.hold(on);
  state_->tasks_moved();
}

void SimVcenter::forget_task(std::uint64_t number) { state_->tasks.forget(number); }

void SimVcenter::calm() {
  state_->mischief.calm();
  state_->release_parked();
  hold_tasks(false);
  state_->sessions.set_locked(false);
}

} // namespace syncer::sim
