"""A minute in the life of a cluster: labels edited, pods moved, one vCenter outage."""
import random

import kube as paths
from desired import handle_of, inline_paths, key_of, path_of, phase
from world import Served, World

LABELS = ("team", "stage", "owner")
VALUES = ("red", "green", "blue", "prod", "test")


def existing_world(kube):
    """The volumes of ours that have a claim and a pod that names it, as a World that can change them."""
    claims = {key_of(claim) for claim in kube.list("/api/v1/persistentvolumeclaims")}
    pods = {}
    for pod in kube.list("/api/v1/pods"):
        for volume in pod["spec"].get("volumes") or []:
            name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
            if name and phase(pod) == "Running":
                pods.setdefault((pod["metadata"]["namespace"], name), pod["metadata"]["name"])
    world = World(kube, 0)
    for pv in kube.list(paths.VOLUMES):
        ref, volume = pv["spec"].get("claimRef") or {}, handle_of(pv) or path_of(pv)
        key = ref.get("namespace"), ref.get("name")
        if volume and key in claims and key in pods:
            world.served.append(Served(
                len(world.served), volume, key[0], key[1],
                pv["spec"]["persistentVolumeReclaimPolicy"], pv["metadata"]["name"], pods[key]))
    return world


def inline_pods(kube):
    """Running pods that name an in-tree disk themselves."""
    return [pod for pod in kube.list("/api/v1/pods") if inline_paths(pod) and phase(pod) == "Running"]


class Life:
    """Does one thing per step; the same seed does the same things."""

    def __init__(self, kube, seed=1):
        self._kube, self._world, self._chance = kube, existing_world(kube), random.Random(seed)
        self._inline = inline_pods(kube)
        self.label_edits = 0
        self.pods_moved = 0

    def step(self):
        served = self._chance.choice(self._world.served)
        dice = self._chance.random()
        label = {self._chance.choice(LABELS): self._chance.choice((*VALUES, None))}
        if dice < 0.02 and self._inline:
            self._move_inline(self._chance.randrange(len(self._inline)))
        elif dice < 0.15:
            self._world.delete_pod(served, served.pod)
            self._world.start_pod(served)
            self.pods_moved += 1
        elif dice < 0.4:
            self._world.label_volume(served, **label)
            self.label_edits += 1
        else:
            self._world.label_claim(served, **label)
            self.label_edits += 1

    def _move_inline(self, index):
        """The pod ends, and another one takes over its disk."""
        old = self._inline[index]
        namespace, name = key_of(old)
        collection = paths.pods(namespace)
        self._kube.delete(f"{collection}/{name}")
        self.pods_moved += 1
        new = self._kube.create(collection, {
            "apiVersion": "v1", "kind": "Pod", "spec": old["spec"],
            "metadata": {"name": f"{name.partition('-next-')[0]}-next-{self.pods_moved}",
                         "labels": old["metadata"].get("labels") or {}}})
        self._kube.merge(f"{collection}/{new['metadata']['name']}/status", {"status": {
            "phase": "Running", "startTime": old["status"]["startTime"]}})
        self._inline[index] = {**new, "status": old["status"]}
