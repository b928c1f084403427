#include "app/drift_advice.h"

#include <algorithm>

#include "reconcile/vmdk_path.h"

namespace syncer {

namespace {

// A name that a shell, govc's flags and a terminal take as what it is, once it is quoted.
bool usable(std::string_view name) {
  return !name.empty() && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._/:").find(c) != std::string_view::npos;
}

std::string quoted(std::string_view name) {
  if (std::all_of(name.begin(), name.end(), is_plain)) return std::string(name);
  std::string text = "'";
  for (const char c : name) {
    if (c == '\'') {
      text += "'\\''";
    } else {
      text += c;
    }
  }
  return text + "'";
}

std::string look_at_volume(std::string_view id) {
  return usable(id) ? "govc volume.ls -l " + quoted(id) : "";
}

std::string look_for_file(std::string_view path) {
  const Outcome<VmdkPath> vmdk = parse_vmdk_path(path);
  if (!vmdk || !usable(vmdk->datastore) || !usable(vmdk->file)) return "";
  return "govc datastore.ls -l -ds " + quoted(vmdk->datastore) + " " + quoted(vmdk->file);
}

// Names of PersistentVolumes are DNS names: the API server takes no others.
std::string names(const Drift& drift) {
  std::string text;
  for (const std::string& pv : drift.pvs) text += " " + (usable(pv) ? quoted(pv) : "?");
  return text;
}

} // namespace

DriftAdvice advice_on(const Drift& drift) {
  const std::string_view id = drift.volume.view();
  switch (drift.type) {
    case DriftClass::kCnsWithoutPv: {
      DriftAdvice advice{look_at_volume(id), ""};
      if (advice.command.empty()) return advice;
      advice.comment =
          "# still wanted: make a PersistentVolume with this volumeHandle; not: govc "
          "volume.rm -keep " +
          quoted(id) + " takes it out of CNS, and without -keep the data is deleted";
      return advice;
    }
    case DriftClass::kPvWithoutCns:
      if (id.empty()) {
        return {look_for_file(drift.in_tree_path.view()),
                "# no such file: the data of kubectl get pv" + names(drift) + " is not there"};
      }
      if (drift.is_file) return {look_at_volume(id), "# kubectl describe pv" + names(drift)};
      return {usable(id) ? "govc disk.ls -l " + quoted(id) : "",
              "# no such disk: the data of kubectl get pv" + names(drift) + " is not there"};
    case DriftClass::kReleasedWithoutConsumer:
      return {look_at_volume(id), "# kubectl describe pv" + names(drift) +
                                      " says whose data it was; deleting the PersistentVolume "
                                      "leaves the disk"};
    case DriftClass::kSharedHandle:
      return {look_at_volume(id), "# kubectl get pv" + names(drift) +
                                      "; before one of them is deleted: its policy must be "
                                      "Retain, or the disk goes with it"};
    case DriftClass::kMovedBacking:
      return {usable(id) ? "govc volume.ls -b " + quoted(id) : "",
              "# the path in kubectl describe pv" + names(drift) + " is out of date"};
  }
  return {};
}

} // namespace syncer
