"""A minute in the life of a cluster: labels edited, pods moved, one vCenter outage."""
import random

import kube as paths
from world import Served, World

LABELS = ("team", "stage", "owner")
VALUES = ("red", "green", "blue", "prod", "test")


def existing_world(kube):
    """The volumes that have a claim and a pod, as a World that can change them."""
    claims = {}
    for claim in kube.list("/api/v1/persistentvolumeclaims"):
        claims[claim["metadata"]["namespace"], claim["metadata"]["name"]] = claim
    pods = {}
    for pod in kube.list("/api/v1/pods"):
        for volume in pod["spec"].get("volumes") or []:
            name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
            if name and (pod.get("status") or {}).get("phase") == "Running":
                pods.setdefault((pod["metadata"]["namespace"], name), pod["metadata"]["name"])
    world = World(kube, 0)
    for pv in kube.list(paths.VOLUMES):
        ref = pv["spec"].get("claimRef") or {}
        key = ref.get("namespace"), ref.get("name")
        if key in claims and key in pods:
            world.served.append(Served(
                len(world.served), pv["spec"]["csi"]["volumeHandle"], key[0], key[1],
                pv["spec"]["persistentVolumeReclaimPolicy"], pv["metadata"]["name"], pods[key]))
    return world


class Life:
    """Does one thing per step; the same seed does the same things."""

    def __init__(self, world, seed=1):
        self._world, self._chance = world, random.Random(seed)
        self.label_edits = 0
        self.pods_moved = 0

    def step(self):
        served = self._chance.choice(self._world.served)
        dice = self._chance.random()
        label = {self._chance.choice(LABELS): self._chance.choice((*VALUES, None))}
        if dice < 0.15:
            self._world.delete_pod(served, served.pod)
            self._world.start_pod(served)
            self.pods_moved += 1
        elif dice < 0.4:
            self._world.label_volume(served, **label)
            self.label_edits += 1
        else:
            self._world.label_claim(served, **label)
            self.label_edits += 1
