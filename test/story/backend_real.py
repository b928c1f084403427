"""kube-apiserver, etcd and vcsim as the other side of the story."""

import contextlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "real"))

import rig as real_rig  # noqa: E402
from cns import Cns, Volume  # noqa: E402
from rig import build_servers  # noqa: E402, F401


class RealBackend:
    name = "kube-apiserver, etcd and vcsim"
    most_machines = 4

    def __init__(self, folder: Path, namespaces: tuple[str, ...], watchlist: bool,
                 in_use_protection: bool, binaries: Path, machines: int = 0):
        self._rig = real_rig.Rig(binaries, folder, namespaces=namespaces,
                                 in_use_protection=in_use_protection, machines=machines,
                                 feature_gates="" if watchlist else "WatchList=false")
        self.binaries, self.folder = binaries, folder
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        self._stack.enter_context(self._rig)
        self.kube, self.cluster = self._rig.kube, self._rig.cluster
        self.kubeconfig, self.vsphere_config = self._rig.kubeconfig, self._rig.vsphere_config
        self.cns = Cns(self._rig.vcenter_url, self._rig.vcenter_ca_file, self._rig.user,
                       self._rig.password)
        return self

    def __exit__(self, *exception):
        return self._stack.__exit__(*exception)

    def create_volumes(self, ids: list[str]) -> None:
        self._rig.add_disks(ids)
        for disk in ids:
            self.cns.create_from_disk(disk, "pvc-" + disk, self.cluster)

    def add_disks(self, ids: list[str]) -> None:
        self._rig.add_disks(ids)

    def machines(self, count: int) -> list[str]:
        return self._rig.machines()[:count]

    def tag(self, category: str, name: str, kind: str) -> None:
        self._rig.tag(category, name, kind)

    def tag_sessions(self) -> int:
        return 0  # this vCenter does not tell

    @property
    def vcenters(self):
        return self.cns

    def volumes(self) -> dict[str, Volume]:
        return self.cns.volumes()

    def own_logins(self) -> int:
        return self.cns.logins

    def calls(self) -> dict[str, int]:
        """Requests the vCenter has received, by SOAP method."""
        return self._rig.vcenter_calls()

    def stop_api_server(self) -> None:
        self._rig.stop_api_server()

    def start_api_server(self) -> None:
        self._rig.start_api_server()

    def kill_sessions(self) -> int:
        return self._rig.kill_vcenter_sessions()

    def requests(self) -> int:
        """How many of the syncer's the API server has recorded."""
        return self._rig.recorded_requests()

    def complaints(self) -> list[str]:
        """What a server holds against the syncer: here, requests beyond its rights."""
        return [*("refused: " + request for request in self._rig.refused_requests()),
                *("not in its role: " + request
                  for request in self._rig.requests_outside_of_the_role())]
