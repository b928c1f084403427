"""The Lease of the syncers, as a watcher with a clock sees it."""

import contextlib
import threading
import time
from dataclasses import dataclass, field

from kube import KubeError

NAMESPACE = "vmware-system-csi"
LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
LEASE = f"{LEASES}/vsphere-syncer"
LOOK_SECONDS = 0.01


class Background:
    """Something done over and over in a thread; what it raises is raised again at the end."""

    def __init__(self, step, pause: float):
        self._step, self._pause, self._over, self._failed = step, pause, threading.Event(), None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._over.wait(self._pause):
                self._step()
        except Exception as error:  # noqa: BLE001 - handed on
            self._failed = error

    def end(self) -> None:
        self._over.set()
        self._thread.join()
        if self._failed:
            raise self._failed


@dataclass
class LeaseLog:
    """What a watcher of the Lease saw, with the time (CLOCK_MONOTONIC, as in the simulator's record)."""

    kube: object
    looks: list[tuple[int, str, str]] = field(default_factory=list)  # first seen at, holder, renewed

    def look(self) -> None:
        with contextlib.suppress(KubeError, OSError):
            spec = self.kube.get(LEASE)["spec"]
            seen = spec.get("holderIdentity") or "", spec.get("renewTime")
            if not self.looks or self.looks[-1][1:] != seen:
                self.looks.append((time.monotonic_ns(), *seen))

    def holder(self) -> str:
        return self.looks[-1][1] if self.looks else ""

    def left_at(self, holder: str, since: int) -> int:
        """When it was first seen without that holder."""
        return next(at for at, name, _ in self.looks if at >= since and name != holder)

    def last_renewal(self, holder: str) -> int:
        return max(at for at, name, _ in self.looks if name == holder)
