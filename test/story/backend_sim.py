"""Our simulators, syncer-sim, as the other side of the story."""

import contextlib
import json
import urllib.error
import urllib.request
from pathlib import Path

from children import Child, wait_until
from cns import Cns, Volume
from kube import Kube, KubeError

START_SECONDS = 120


class SimBackend:
    name = "syncer-sim"
    most_machines = 500

    def __init__(self, folder: Path, program: Path, watchlist: bool = True, volumes: int = 0,
                 flags: tuple[str, ...] = (), namespaces: tuple[str, ...] = (),
                 api_version: str = "8.0.3.0", prepare=None):
        self._folder, self._program, self._namespaces = folder, program, namespaces
        self._prepare = prepare  # puts files into the folder before the simulators start
        self.api_version = api_version
        # Generated, with claims and pods, before anybody connects.
        self._flags = [f"--volumes={volumes}", f"--api-version={api_version}", *flags,
                       *([] if watchlist else ["--no-streaming-lists"])]
        self._stack = contextlib.ExitStack()
        self.kubeconfig = folder / "kubeconfig"
        self.vsphere_config = folder / "csi-vsphere.conf"

    def __enter__(self):
        self._folder.mkdir(parents=True)
        if self._prepare:
            self._prepare(self._folder)
        summary = self._folder / "sim.json"
        self._sim = Child("syncer-sim", [str(self._program), f"--dir={self._folder}", *self._flags],
                          self._folder / "syncer-sim.log")
        self._stack.callback(self._sim.stop)

        def described():
            self._sim.must_run()
            with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
                return json.loads(summary.read_text())
            return None

        try:
            self.summary = sim = wait_until("syncer-sim ready", described, START_SECONDS)
        except BaseException:
            self._stack.close()
            raise
        self._admin_url, self.cluster = sim["admin"], sim["cluster"]
        self.kube = Kube(sim["kube"]["url"], Path(sim["kube"]["ca"]), sim["kube"]["token"])
        ca = Path(sim["vcenter"]["ca"])
        self._fleet = {v["host"]: Cns(v["url"], ca, v["user"], v["password"])
                       for v in sim["vcenters"]}
        self._admin_of = {v["host"]: v["admin"] for v in sim["vcenters"]}
        self.cns = next(iter(self._fleet.values()))
        for namespace in self._namespaces:
            self._make_namespace(namespace)
        return self

    def __exit__(self, *exception):
        return self._stack.__exit__(*exception)

    @property
    def vcenters(self):
        """As the checker takes them: the one, or all by host."""
        return self._fleet if len(self._fleet) > 1 else self.cns

    @property
    def hosts(self) -> list[str]:
        return list(self._fleet)

    def volumes(self) -> dict[str, Volume]:
        """What CNS holds, wherever."""
        return {handle: volume for one in self._fleet.values()
                for handle, volume in one.volumes().items()}

    def volumes_at(self, host: str) -> dict[str, Volume]:
        return self._fleet[host].volumes()

    def own_logins(self) -> int:
        return sum(one.logins for one in self._fleet.values())

    def create_volumes(self, ids: list[str]) -> None:
        for volume in ids:
            self.vcenter("put_volume", {"id": volume, "name": "pvc-" + volume, "cluster": self.cluster})

    def add_disks(self, ids: list[str]) -> None:
        for disk in ids:
            self.vcenter("put_disk", {"id": disk})

    def machines(self, count: int) -> list[str]:
        """The UUIDs of so many VMs, all on one host of one cluster."""
        self.vcenter("put_host", {"id": "host-story", "name": "host-story", "cluster": "cluster-story"})
        uuids = [f"42225afe-0000-4000-8000-{number:012x}" for number in range(count)]
        for uuid in uuids:
            self.vcenter("put_vm", {"name": uuid, "uuid": uuid, "host": "host-story"})
        return uuids

    def tag(self, category: str, name: str, kind: str) -> None:
        """Tags the host of the machines, or what of that kind is above it."""
        names = {"HostSystem": "host-story", "ClusterComputeResource": "cluster-story",
                 "Datacenter": "DC0"}
        self.vcenter("attach_tag", {"category": category, "tag": name, "type": kind,
                                    "name": names[kind]})

    def tag_sessions(self) -> int:
        """Sessions of the tag service that nobody has ended."""
        return sum(self.stats(host)["tag_sessions"] for host in self.hosts)

    def calls(self, host: str | None = None) -> dict[str, int]:
        """Requests that one vCenter, or all of them, have received, by SOAP method."""
        found: dict[str, int] = {}
        for one in [host] if host else self._fleet:
            for method, count in self.stats(one)["calls"].items():
                found[method] = found.get(method, 0) + count
        return found

    def stats(self, host: str | None = None) -> dict:
        """What a vCenter recorded; the first one's without a host."""
        return self.admin(self._admin_of[host or self.hosts[0]] + "stats")

    def updates(self, host: str | None = None) -> list[dict]:
        """All updates that were applied, in order, with times and who held the Lease."""
        return self.admin(self._admin_of[host or self.hosts[0]] + "updates")["updates"]

    def updated(self, host: str | None = None) -> list[str]:
        """The volumes of all updates that were applied, in order."""
        return [update["volume"] for update in self.updates(host)]

    def vcenter(self, command: str, arguments: dict | None = None, host: str | None = None) -> dict:
        """One of the commands of syncer-sim's vCenters."""
        return self.admin(self._admin_of[host or self.hosts[0]] + command, arguments or {})

    def kube_command(self, command: str, arguments: dict | None = None) -> dict:
        """One of the commands of syncer-sim's API server."""
        answer = self.admin("/sim/kube/" + command, arguments or {})
        self.kube.reset()
        return answer

    def set_entities(self, handle: str, entities: list) -> None:
        """What CNS holds about a volume is this, whoever wrote something else."""
        self.vcenter("set_entities", {"volume": handle, "entities": [
            {"type": e.kind, "name": e.name, "namespace": e.namespace, "cluster": e.cluster,
             "labels": dict(e.labels),
             "refers_to": [{"type": kind, "namespace": namespace, "name": name, "cluster": cluster}
                           for kind, namespace, name, cluster in e.refers]} for e in entities]},
            self.host_of(handle))

    def host_of(self, handle: str) -> str:
        return next(host for host in self.hosts if handle in self.volumes_at(host))

    def configure(self, old: str, new: str) -> None:
        """Changes csi-vsphere.conf, in one step as a mounted Secret changes."""
        text = self.vsphere_config.read_text()
        if old not in text:
            raise ValueError(f"csi-vsphere.conf has no {old!r}")
        draft = self.vsphere_config.with_suffix(".new")
        draft.write_text(text.replace(old, new))
        draft.chmod(0o600)
        draft.replace(self.vsphere_config)

    def stop_api_server(self) -> None:
        self.kube_command("down")

    def start_api_server(self) -> None:
        # Its watch history is gone, as a restarted server's is: an old version is too old now.
        self.kube_command("restart")
        self.kube_command("up")

    def set_password(self, password: str) -> None:
        """The one vCenter takes this password from now on, and only this. Sessions go on."""
        self.vcenter("password", {"password": password})
        self.cns.password = password

    def bad_logins(self) -> int:
        return self.stats()["failed_logins"]

    def kill_sessions(self) -> int:
        alive = self.stats()["sessions"]
        self.vcenter("expire_sessions")
        return alive

    def misbehave(self, faults: dict | None) -> int:
        """Random faults of the vCenter from now on; None ends them. Returns the faults so far."""
        self.vcenter("random", {"on": False} if faults is None else faults)
        return self.faults()

    def faults(self) -> int:
        return self.stats()["mischief"]

    def running_tasks(self) -> int:
        return self.stats()["tasks_in_flight"]

    def complaints(self) -> list[str]:
        """What a server holds against the syncer: mistakes of protocol that no correct client makes."""
        found = []
        for host in self.hosts:
            stats = self.stats(host)
            found += ["protocol: " + violation for violation in stats["violations"]]
            if stats["max_running_updates"] > 1:
                found.append(f"{host}: two updates of one volume at a time")
            if stats["locked"]:
                found.append(f"{host}: the account is locked after {stats['failed_logins']} bad logins")
            if stats["foreign_entities"]:
                found.append(f"{host}: {stats['foreign_entities']} entities of other clusters sent")
        return found

    def admin(self, path: str, body: dict | None = None) -> dict:
        data = None if body is None else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(self._admin_url + path, data, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path}: {error.code} {error.read().decode()[:300]}") from None

    def _make_namespace(self, name: str) -> None:
        try:
            self.kube.create("/api/v1/namespaces", {"metadata": {"name": name}})
        except KubeError as error:
            if error.code != 409:
                raise
