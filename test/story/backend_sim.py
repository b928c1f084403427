"""Our simulators, syncer-sim, as the other side of the story."""

import contextlib
import json
import urllib.request
from pathlib import Path

from children import Child, wait_until
from cns import Cns
from kube import Kube

START_SECONDS = 60


class SimBackend:
    name = "syncer-sim"

    def __init__(self, folder: Path, program: Path, watchlist: bool, volumes: int = 0):
        self._folder, self._program, self._watchlist = folder, program, watchlist
        self._volumes = volumes  # generated, with claims and pods, before anybody connects
        self._stack = contextlib.ExitStack()
        self.kubeconfig = folder / "kubeconfig"
        self.vsphere_config = folder / "csi-vsphere.conf"

    def __enter__(self):
        self._folder.mkdir(parents=True)
        summary = self._folder / "sim.json"
        flags = [f"--dir={self._folder}", f"--volumes={self._volumes}"]
        flags += [] if self._watchlist else ["--no-streaming-lists"]
        self._sim = Child("syncer-sim", [str(self._program), *flags],
                          self._folder / "syncer-sim.log")
        self._stack.callback(self._sim.stop)

        def described():
            self._sim.must_run()
            with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
                return json.loads(summary.read_text())
            return None

        try:
            sim = wait_until("syncer-sim ready", described, START_SECONDS)
        except BaseException:
            self._stack.close()
            raise
        self._admin_url, self.cluster = sim["admin"], sim["cluster"]
        self.kube = Kube(sim["kube"]["url"], Path(sim["kube"]["ca"]), sim["kube"]["token"])
        self.cns = Cns(sim["vcenter"]["url"], Path(sim["vcenter"]["ca"]), sim["vcenter"]["user"],
                       sim["vcenter"]["password"])
        return self

    def __exit__(self, *exception):
        return self._stack.__exit__(*exception)

    def create_volumes(self, ids: list[str]) -> None:
        for volume in ids:
            self._admin("/sim/vcenter/put_volume",
                        {"id": volume, "name": "pvc-" + volume, "cluster": self.cluster})

    def calls(self) -> dict[str, int]:
        """Requests the vCenter has received, by SOAP method."""
        return self._admin("/sim/vcenter/stats")["calls"]

    def stop_api_server(self) -> None:
        self._admin("/sim/kube/down", {})
        self.kube.reset()

    def start_api_server(self) -> None:
        # Its watch history is gone, as a restarted server's is: an old version is too old now.
        self._admin("/sim/kube/restart", {})
        self._admin("/sim/kube/up", {})

    def kill_sessions(self) -> int:
        alive = self._admin("/sim/vcenter/stats")["sessions"]
        self._admin("/sim/vcenter/expire_sessions", {})
        return alive

    def misbehave(self, faults: dict | None) -> int:
        """Random faults of the vCenter from now on; None ends them. Returns the faults so far."""
        self._admin("/sim/vcenter/random", {"on": False} if faults is None else faults)
        return self.faults()

    def faults(self) -> int:
        return self._admin("/sim/vcenter/stats")["mischief"]

    def running_tasks(self) -> int:
        return self._admin("/sim/vcenter/stats")["tasks_in_flight"]

    def complaints(self) -> list[str]:
        """What a server holds against the syncer: mistakes of protocol that no correct client makes."""
        stats = self._admin("/sim/vcenter/stats")
        found = ["protocol: " + violation for violation in stats["violations"]]
        if stats["max_running_updates"] > 1:
            found.append("two updates of one volume at a time")
        return found

    def _admin(self, path: str, body: dict | None = None) -> dict:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(self._admin_url + path, data, timeout=30) as answer:
            return json.load(answer)
