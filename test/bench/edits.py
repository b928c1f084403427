"""Edits of the cluster at a steady rate, and how long each took to reach CNS, seen from outside."""

import bisect
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Callable, NamedTuple

from kube import VOLUMES, claims, pods

MERGE = "application/merge-patch+json"


@dataclass
class Volume:
    handle: str
    pv: str
    claim: str  # path
    pod: str    # path
    running: bool = True


class Edit(NamedTuple):
    volume: str
    sent_ns: int
    answered_ns: int


def volumes_of(kube) -> dict[str, Volume]:
    """By handle: the volumes with a claim and one running pod."""
    pod_of = {}
    for pod in kube.list("/api/v1/pods"):
        meta = pod["metadata"]
        for entry in pod["spec"].get("volumes", []):
            claim = entry.get("persistentVolumeClaim", {}).get("claimName")
            if claim:
                pod_of[meta["namespace"], claim] = f"{pods(meta['namespace'])}/{meta['name']}"
    found = {}
    for pv in kube.list(VOLUMES):
        spec = pv["spec"]
        claim = spec.get("claimRef", {})
        key = claim.get("namespace"), claim.get("name")
        if key in pod_of and "csi" in spec:
            handle = spec["csi"]["volumeHandle"]
            found[handle] = Volume(handle, pv["metadata"]["name"],
                                   f"{claims(key[0])}/{key[1]}", pod_of[key])
    return found


class Editor:
    """Changes what CNS holds of one volume after the other: in turn the labels of its PV, the labels
    of its claim, and whether its pod runs (labels of pods are not sent to CNS)."""

    def __init__(self, kube, volumes: list[Volume]):
        self._kube, self._volumes = kube, volumes
        self._number = 0

    def edit(self) -> Edit:
        number = self._number
        self._number += 1
        volume = self._volumes[number % len(self._volumes)]
        # Every volume has its turn of every kind, and neighbours have different ones.
        kind = (number % len(self._volumes) + number // len(self._volumes)) % 3
        labels = {"metadata": {"labels": {"bench": f"n{number}"}}}
        sent = time.monotonic_ns()
        if kind == 0:
            self._kube.request("PATCH", f"{VOLUMES}/{volume.pv}", labels, MERGE)
        elif kind == 1:
            self._kube.request("PATCH", volume.claim, labels, MERGE)
        else:
            volume.running = not volume.running
            phase = "Running" if volume.running else "Succeeded"
            self._kube.request("PATCH", volume.pod + "/status", {"status": {"phase": phase}}, MERGE)
        return Edit(volume.handle, sent, time.monotonic_ns())


@dataclass
class Paced:
    """What `at_rate` did: the edits of each editor, and the rate that it held."""
    edits: dict[int, list[Edit]] = field(default_factory=lambda: defaultdict(list))
    per_second: float = 0.0


def at_rate(per_second: float, total: int, whose: Callable[[int], int], editors: list[Editor]) -> Paced:
    """Makes `total` edits at a fixed rate, number n by the editor `whose(n)`."""
    done = Paced()
    begun = time.monotonic()
    for number in range(total):
        wait = begun + number / per_second - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        who = whose(number)
        done.edits[who].append(editors[who].edit())
    done.per_second = total / (time.monotonic() - begun)
    return done


def lags_ms(edits: list[Edit], updates: list[dict]) -> tuple[list[float], int]:
    """Sorted: from the API server's answer to an edit until CNS had applied the first update that it
    accepted after the edit was sent; task time included. And how many edits have no such update."""
    of_volume = defaultdict(list)
    for update in updates:
        of_volume[update["volume"]].append((update["accepted_ns"], update["applied_ns"]))
    for moments in of_volume.values():
        moments.sort()
    lags, missed = [], 0
    for edit in edits:
        moments = of_volume[edit.volume]
        at = bisect.bisect_right(moments, (edit.sent_ns, float("inf")))
        if at == len(moments):
            missed += 1
        else:
            lags.append((moments[at][1] - edit.answered_ns) / 1e6)
    return sorted(lags), missed


def quantile_of(ordered: list[float], q: float) -> float:
    """Of a sorted list that is not empty; the lower of two neighbours."""
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]
