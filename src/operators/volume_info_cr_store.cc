#include "operators/volume_info_cr_store.h"

#include <nlohmann/json.hpp>

#include "net/url.h"
#include "operators/cr_fields.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr const char* kKind = "CNSVolumeInfo";
constexpr const char* kApiVersion = "cns.vmware.com/v1alpha1";
constexpr std::string_view kFilePrefix = "file:";

std::string collection_in(const std::string& name_space) {
  return "/apis/cns.vmware.com/v1alpha1/namespaces/" + percent_encode(name_space) +
         "/cnsvolumeinfoes";
}

std::string body_of(const VolumeInfo& info, const std::string& name,
                    const std::string& name_space) {
  json object;
  object["apiVersion"] = kApiVersion;
  object["kind"] = kKind;
  object["metadata"]["name"] = name;
  object["metadata"]["namespace"] = name_space;
  object["spec"]["volumeID"] = info.id.str();
  object["spec"]["vCenterServer"] = info.vcenter;
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

Outcome<VolumeInfo> decode(const json& object) {
  const json* spec = json_member(object, "spec");
  const auto id = required_text(spec, "volumeID", "spec");
  if (!id) return id.error();
  auto vcenter = required_text(spec, "vCenterServer", "spec");
  if (!vcenter) return vcenter.error();
  return VolumeInfo{*id, std::move(*vcenter)};
}

} // namespace

std::string volume_info_name(const VolumeId& id) {
  std::string name = id.str();
  if (name.starts_with(kFilePrefix)) name[kFilePrefix.size() - 1] = '-';
  return name;
}

VolumeInfoCrStore::VolumeInfoCrStore(const CrDeps& deps, std::string name_space, Changed changed)
    : namespace_(std::move(name_space)),
      changed_(std::move(changed)),
      writer_(deps, kKind, collection_in(namespace_)),
      watch_(deps.watch(), collection_in(namespace_), *this) {}

asio::awaitable<void> VolumeInfoCrStore::run() { return watch_.run(); }

std::optional<std::string> VolumeInfoCrStore::find(const VolumeId& id) const {
  const auto name = names_.find(id);
  if (name == names_.end()) return std::nullopt;
  return objects_.at(name->second).vcenter;
}

std::vector<VolumeInfo> VolumeInfoCrStore::all() const {
  std::vector<VolumeInfo> infos;
  infos.reserve(objects_.size());
  for (const auto& [name, info] : objects_) infos.push_back(info);
  return infos;
}

asio::awaitable<Outcome<>> VolumeInfoCrStore::put(VolumeInfo info) {
  const std::string name = volume_info_name(info.id);
  std::string body = body_of(info, name, namespace_);
  const auto created = co_await writer_.create(name, std::move(body));
  if (!created) co_return created.error();
  if (*created == CrWriter::Created::kExisted) {
    const auto text = co_await writer_.get(name);
    if (!text) co_return text.error();
    auto existing = decode(json::parse(*text, nullptr, false));
    if (!existing) {
      co_return in_context(std::string(kKind) + " " + namespace_ + "/" + name, existing.error());
    }
    info = std::move(*existing);
  }
  if (!objects_.contains(name)) unconfirmed_[name] = 0;
  store(name, std::move(info));
  co_return Done{};
}

asio::awaitable<Outcome<>> VolumeInfoCrStore::remove(VolumeId id) {
  const auto known = names_.find(id);
  const std::string name = known == names_.end() ? volume_info_name(id) : known->second;
  const auto removed = co_await writer_.remove(name);
  if (!removed) co_return removed.error();
  drop(name);
  co_return Done{};
}

Outcome<> VolumeInfoCrStore::put(const ObjectName& name, const json& object) {
  auto info = decode(object);
  if (!info) return info.error();
  unconfirmed_.erase(name.name);
  store(name.name, std::move(*info));
  return Done{};
}

// The second list after a write surely began after it: what it does not show is gone again.
void VolumeInfoCrStore::listed() {
  std::vector<std::string> gone;
  for (auto& [name, lists] : unconfirmed_) {
    if (++lists >= 2) gone.push_back(name);
  }
  for (const std::string& name : gone) drop(name);
}

void VolumeInfoCrStore::remove(const ObjectName& name) { drop(name.name); }

void VolumeInfoCrStore::store(const std::string& name, VolumeInfo info) {
  const auto old = objects_.find(name);
  if (old != objects_.end()) {
    if (old->second.id == info.id && old->second.vcenter == info.vcenter) return;
    if (!(old->second.id == info.id)) drop(name);
  }
  const VolumeId id = info.id;
  objects_[name] = std::move(info);
  // Two objects that name one volume: the one with the proper name counts.
  const std::string& known = names_.try_emplace(id, name).first->second;
  if (known != name && name == volume_info_name(id)) names_[id] = name;
  tell(id);
}

void VolumeInfoCrStore::drop(const std::string& name) {
  unconfirmed_.erase(name);
  const auto old = objects_.find(name);
  if (old == objects_.end()) return;
  const VolumeId id = old->second.id;
  objects_.erase(old);
  if (const auto known = names_.find(id); known != names_.end() && known->second == name) {
    names_.erase(known);
    if (objects_.size() <= names_.size()) return tell(id);
    for (const auto& [other, info] : objects_) {
      if (info.id == id) names_[id] = other;
    }
  }
  tell(id);
}

void VolumeInfoCrStore::tell(const VolumeId& id) const {
  if (changed_) changed_(id);
}

} // namespace syncer
