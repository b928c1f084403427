"""The cluster of the story: objects as users and the usual controllers would write them.

No controller runs beside the API server, so binding, phases and pod life are written here.
"""

import itertools
from dataclasses import dataclass

import kube as paths
from checker import DRIVER, DYNAMIC

NAMESPACES = ("bank", "lab", "shop")
STORAGE_CLASS = "vsphere"


@dataclass
class Served:
    """One volume of the story with the names of what it serves now."""

    index: int
    handle: str
    namespace: str
    claim: str
    policy: str
    pv: str = ""
    pod: str = ""


class World:
    def __init__(self, kube, volumes: int):
        self._kube = kube
        self._pod_numbers = itertools.count()
        self._clock = itertools.count(1)
        self.served = [
            Served(index, f"5f0c8f9e-7a1b-4c2d-9e3f-{index:012x}",
                   NAMESPACES[index % len(NAMESPACES)], f"data-{index}",
                   "Retain" if index % 2 else "Delete")
            for index in range(volumes)]

    def populate(self, progress) -> None:
        """All claims bound to their volumes, each used by one running pod."""
        for served in self.served:
            self._provision(served)
            self.start_pod(served)
            progress(served.index + 1, len(self.served))
        self._foreign_volume()

    def label_volume(self, served: Served, **labels: str | None) -> None:
        self._kube.merge(f"{paths.VOLUMES}/{served.pv}", {"metadata": {"labels": labels}})

    def label_claim(self, served: Served, **labels: str | None) -> None:
        """None removes a label."""
        self._kube.merge(self._claim(served), {"metadata": {"labels": labels}})

    def start_pod(self, served: Served) -> str:
        """A new pod on the claim, Running at once; returns its name and remembers the latest."""
        name = f"{served.claim}-pod-{next(self._pod_numbers)}"
        collection = paths.pods(served.namespace)
        self._kube.create(collection, {
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "labels": {"app": served.claim, "pod-only": "yes"}},
            "spec": {
                "nodeName": f"node-{served.index % 5}", "terminationGracePeriodSeconds": 0,
                "containers": [{"name": "main", "image": "registry.test/app:1",
                                "volumeMounts": [{"name": "data", "mountPath": "/data"}]}],
                "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": served.claim}}]}})
        self.set_pod_phase(served, name, "Running")
        served.pod = name
        return name

    def set_pod_phase(self, served: Served, pod: str, phase: str) -> None:
        second = next(self._clock)
        started = f"2026-01-01T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
        status = {"phase": phase, "conditions": [{"type": "Ready", "status": "True"}]}
        if phase == "Running":
            status["startTime"] = started
        self._kube.merge(f"{paths.pods(served.namespace)}/{pod}/status", {"status": status})

    def delete_pod(self, served: Served, pod: str) -> None:
        self._kube.delete(f"{paths.pods(served.namespace)}/{pod}")

    def delete_claim(self, served: Served) -> None:
        """Its volume becomes Released, as the controller that watches claims would write."""
        self._kube.delete(self._claim(served))
        # With in-use protection the claim stays until its controller takes the finalizer off.
        if served.claim in (c["metadata"]["name"] for c in
                            self._kube.list(paths.claims(served.namespace))):
            self._kube.merge(self._claim(served), {"metadata": {"finalizers": None}})
        self._kube.merge(f"{paths.VOLUMES}/{served.pv}/status", {"status": {"phase": "Released"}})

    def _claim(self, served: Served) -> str:
        return f"{paths.claims(served.namespace)}/{served.claim}"

    def _provision(self, served: Served) -> None:
        size = {"storage": "1Gi"}
        claim = self._kube.create(paths.claims(served.namespace), {
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": served.claim,
                         "labels": {"app": served.claim, "tier": f"t{served.index % 7}"}},
            "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": STORAGE_CLASS,
                     "resources": {"requests": size}}})
        uid = claim["metadata"]["uid"]
        served.pv = f"pvc-{uid}"
        self._kube.create(paths.VOLUMES, {
            "apiVersion": "v1", "kind": "PersistentVolume",
            "metadata": {"name": served.pv, "labels": {"zone": f"z{served.index % 3}"},
                         "annotations": {"pv.kubernetes.io/provisioned-by": DRIVER}},
            "spec": {
                "accessModes": ["ReadWriteOnce"], "capacity": size,
                "persistentVolumeReclaimPolicy": served.policy, "storageClassName": STORAGE_CLASS,
                "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim",
                             "namespace": served.namespace, "name": served.claim, "uid": uid},
                "csi": {"driver": DRIVER, "volumeHandle": served.handle, "fsType": "ext4",
                        "volumeAttributes": {DYNAMIC: "1-" + DRIVER,
                                             "type": "vSphere CNS Block Volume"}}}})
        self._kube.merge(f"{paths.VOLUMES}/{served.pv}/status", {"status": {"phase": "Bound"}})
        self._kube.merge(self._claim(served), {
            "metadata": {"annotations": {"pv.kubernetes.io/bind-completed": "yes"}},
            "spec": {"volumeName": served.pv}})
        self._kube.merge(f"{self._claim(served)}/status", {
            "status": {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": size}})

    def _foreign_volume(self) -> None:
        """Another driver's volume with one of our handles: nothing of it may reach CNS."""
        self._kube.create(paths.VOLUMES, {
            "apiVersion": "v1", "kind": "PersistentVolume",
            "metadata": {"name": "foreign", "labels": {"not": "ours"}},
            "spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"},
                     "persistentVolumeReclaimPolicy": "Retain", "storageClassName": "other",
                     "csi": {"driver": "other.example.com", "volumeHandle": self.served[0].handle}}})
