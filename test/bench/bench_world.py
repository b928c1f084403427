"""syncer-sim and vsphere-syncer for one measurement."""

import contextlib
import json
import tempfile
import urllib.request
from pathlib import Path

from children import Child, free_port, wait_until
from kube import Kube
from scrape import fetch


class World(contextlib.ExitStack):
    """A simulated cluster and vCenter; `start_syncer` adds the program that is measured."""

    def __init__(self, programs: Path, volumes: int, pods: int, start: str | None, flags=()):
        super().__init__()
        self._programs = programs
        self.dir = Path(self.enter_context(tempfile.TemporaryDirectory(prefix="syncer-bench-")))
        command = [str(programs / "test/sim/syncer-sim"), f"--volumes={volumes}",
                   f"--pods-per-volume={pods}", f"--dir={self.dir}", "--cluster-id=bench",
                   "--task-time=2", *([f"--{start}"] if start else []), *flags]
        self.sim = Child("syncer-sim", command, self.dir / "sim.log")
        self.callback(self.sim.kill)
        self.info = wait_until("syncer-sim", self._sim_ready, 120)
        self.kube = Kube(self.info["kube"]["url"], Path(self.info["kube"]["ca"]),
                         token=self.info["kube"]["token"])
        self.syncer = None

    def _sim_ready(self):
        self.sim.must_run()
        path = self.dir / "sim.json"
        return path.exists() and json.loads(path.read_text())

    def get(self, path: str):
        with urllib.request.urlopen(self.info["admin"] + path, timeout=60) as answer:
            return json.load(answer)

    def post(self, path: str, body: dict):
        request = urllib.request.Request(self.info["admin"] + path, json.dumps(body).encode(),
                                         method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def start_syncer(self, flags=(), before=(), environment=None):
        """`before`: a command that runs the program in its own place, as `unshare` does."""
        self.port = free_port()
        command = [*before, str(self._programs / "src/app/vsphere-syncer"),
                   f"--kubeconfig={self.info['kube']['config']}",
                   f"--metrics-bind-address=127.0.0.1:{self.port}", *flags]
        self.syncer = Child("vsphere-syncer", command, self.dir / "syncer.log",
                            {"VSPHERE_CSI_CONFIG": self.info["vcenter"]["config"],
                             **(environment or {})})
        self.callback(self.syncer.kill)

    def metrics(self):
        self.syncer.must_run()
        return fetch(self.port)

    def wait_in_sync(self, volumes: int, deadline: float = 300):
        def settled():
            now = self.metrics()
            return now and now.volumes("in_sync") == volumes and \
                now.total("vsphere_syncer_full_syncs_total", result="success") >= 1
        wait_until(f"{volumes} volumes in sync", settled, deadline)

    def soap_requests(self) -> int:
        return sum(self.get("/sim/vcenter/stats")["calls"].values())

    def updates(self) -> int:
        return self.get("/sim/vcenter/stats")["calls"].get("CnsUpdateVolumeMetadata", 0)
