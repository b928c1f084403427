"""Objects of every kind of volume, as users and the usual controllers would write them.

No controller runs beside the API server: binding, phases and the life of pods are written here.
"""

import itertools

import kube as paths
from desired import DRIVER, DYNAMIC, IN_TREE, MIGRATED_TO, PROVISIONED_BY

NAMESPACES = ("archive", "batch", "by-hand", "shared-1", "shared-2")
SIZE = {"storage": "1Gi"}
STORAGE_CLASS = "vsphere"
MIGRATED = {PROVISIONED_BY: IN_TREE, MIGRATED_TO: DRIVER}
MIGRATED_CLAIM = {MIGRATED_TO: DRIVER, "volume.kubernetes.io/storage-provisioner": IN_TREE}


def csi(handle: str, dynamic: bool = False, driver: str = DRIVER) -> dict:
    attributes = {"type": "vSphere CNS Block Volume"}
    if dynamic:
        attributes[DYNAMIC] = "1-" + DRIVER
    return {"csi": {"driver": driver, "volumeHandle": handle, "volumeAttributes": attributes}}


def in_tree(path: str) -> dict:
    return {"vsphereVolume": {"volumePath": path, "fsType": "ext4"}}


def from_claim(claim: str, name: str = "data") -> dict:
    return {"name": name, "persistentVolumeClaim": {"claimName": claim}}


class Cluster:
    def __init__(self, kube):
        self.kube = kube
        self._clock = itertools.count(1)

    def claim(self, namespace: str, name: str, *, modes=("ReadWriteOnce",), labels=None,
              annotations=None, owner: dict | None = None) -> dict:
        """Pending, and asking for no volume in particular."""
        metadata = {"name": name, "labels": labels or {"app": name}, "annotations": annotations or {}}
        if owner:
            metadata["ownerReferences"] = [{
                "apiVersion": "v1", "kind": "Pod", "name": owner["metadata"]["name"],
                "uid": owner["metadata"]["uid"], "controller": True}]
        made = self.kube.create(paths.claims(namespace), {
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata,
            "spec": {"accessModes": list(modes), "storageClassName": STORAGE_CLASS,
                     "resources": {"requests": SIZE}}})
        self.kube.merge(f"{paths.claims(namespace)}/{name}/status", {"status": {"phase": "Pending"}})
        return made

    def volume(self, name: str, source: dict, claim: dict | None = None, *, phase: str = "",
               policy: str = "Retain", modes=("ReadWriteOnce",), labels=None,
               annotations=None) -> None:
        """A PV, bound to the claim when there is one and no other phase is asked for."""
        spec = {"accessModes": list(modes), "capacity": SIZE, "storageClassName": STORAGE_CLASS,
                "persistentVolumeReclaimPolicy": policy, **source}
        self.kube.create(paths.VOLUMES, {
            "apiVersion": "v1", "kind": "PersistentVolume",
            "metadata": {"name": name, "labels": labels or {"zone": "z1"},
                         "annotations": annotations or {}}, "spec": spec})
        if phase:
            self.phase(name, phase)
        if claim:
            self.bind(name, claim, phase or "Bound")
        elif not phase:
            self.phase(name, "Available")

    def bind(self, name: str, claim: dict, phase: str = "Bound") -> None:
        namespace, claim_name = claim["metadata"]["namespace"], claim["metadata"]["name"]
        self.kube.merge(f"{paths.VOLUMES}/{name}", {"spec": {"claimRef": {
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": namespace,
            "name": claim_name, "uid": claim["metadata"]["uid"]}}})
        path = f"{paths.claims(namespace)}/{claim_name}"
        self.kube.merge(path, {"spec": {"volumeName": name}})
        self.kube.merge(path + "/status", {"status": {"phase": "Bound"}})
        self.phase(name, phase)

    def phase(self, name: str, phase: str) -> None:
        self.kube.merge(f"{paths.VOLUMES}/{name}/status", {"status": {"phase": phase}})

    def label_volume(self, name: str, **labels: str | None) -> None:
        self.kube.merge(f"{paths.VOLUMES}/{name}", {"metadata": {"labels": labels}})

    def annotate_volume(self, name: str, annotations: dict) -> None:
        self.kube.merge(f"{paths.VOLUMES}/{name}", {"metadata": {"annotations": annotations}})

    def label_claim(self, namespace: str, name: str, **labels: str | None) -> None:
        self.kube.merge(f"{paths.claims(namespace)}/{name}", {"metadata": {"labels": labels}})

    def delete_claim(self, namespace: str, name: str) -> None:
        self._delete(paths.claims(namespace), name)

    def delete_volume(self, name: str) -> None:
        self._delete(paths.VOLUMES, name)

    def _delete(self, collection: str, name: str) -> None:
        self.kube.delete(f"{collection}/{name}")
        # With in-use protection it stays until its controller takes the finalizer off.
        if name in (item["metadata"]["name"] for item in self.kube.list(collection)):
            self.kube.merge(f"{collection}/{name}", {"metadata": {"finalizers": None}})

    def make_available(self, name: str) -> None:
        """As an administrator does it with a Released volume that is to be used again."""
        self.kube.merge(f"{paths.VOLUMES}/{name}", {"spec": {"claimRef": None}})
        self.phase(name, "Available")

    def pod(self, namespace: str, name: str, *volumes: dict, phase: str = "Running") -> dict:
        pod = self.kube.create(paths.pods(namespace), {
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "labels": {"app": name, "pod-only": "yes"}},
            "spec": {"nodeName": "node-1", "terminationGracePeriodSeconds": 0,
                     "containers": [{"name": "main", "image": "registry.test/app:1",
                                     "volumeMounts": [{"name": v["name"], "mountPath": "/" + v["name"]}
                                                      for v in volumes]}],
                     "volumes": list(volumes)}})
        self.pod_phase(namespace, name, phase)
        return pod

    def pod_phase(self, namespace: str, name: str, phase: str) -> None:
        second = next(self._clock)
        status = {"phase": phase}
        if phase == "Running":
            status["startTime"] = f"2026-01-01T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
        self.kube.merge(f"{paths.pods(namespace)}/{name}/status", {"status": status})

    def delete_pod(self, namespace: str, name: str) -> None:
        self.kube.delete(f"{paths.pods(namespace)}/{name}")

    def events(self, about: str, reason: str | None = None) -> list[dict]:
        return [event for event in self.kube.list(paths.EVENTS)
                if (event.get("involvedObject") or {}).get("name") == about
                and reason in (None, event.get("reason"))]

    def links(self) -> dict[str, dict]:
        """What each in-tree path leads to: the spec of its CnsVSphereVolumeMigration."""
        return {item["spec"]["volumepath"]: {**item["spec"], "name": item["metadata"]["name"]}
                for item in self.kube.list(paths.MIGRATIONS)}
