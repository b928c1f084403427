"""The sidecar as a kubelet would start it: image, arguments, environment and files of the manifest."""

import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import yaml

import manifests

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "story"))

from children import Child  # noqa: E402
from syncer import Syncer  # noqa: E402

METRICS_PORT = 2113
NAME, NAMESPACE = "vsphere-csi-controller-0", "vmware-system-csi"
CONFIG_FOLDER = "/etc/cloud"
ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"
RUNTIME = HERE / "container.py"


class Pod:
    """A container of one root file system, with Secret and ServiceAccount mounted from `folder`.

    `kubeconfig` and `vsphere_config` say where the servers are and as whom to go there.
    """

    def __init__(self, rootfs: Path, container: dict, kubeconfig: Path, vsphere_config: Path, folder: Path):
        self._rootfs, self._container = rootfs, container
        cluster, user = _of(yaml.safe_load(kubeconfig.read_text()))
        self._account, self._config = folder / "serviceaccount", folder / "config"
        token = user.get("token") or Path(user["tokenFile"]).read_text()
        _mount_files(self._account, {
            "token": token, "ca.crt": Path(cluster["certificate-authority"]).read_text(),
            "namespace": NAMESPACE})
        _mount_files(self._config, _secret(vsphere_config.read_text()))
        # The kubelet makes it, for anybody to write: a container that ends leaves its reason there.
        self.termination_log = folder / "termination-log"
        self.termination_log.touch()
        self.termination_log.chmod(0o666)
        host, port = re.fullmatch(r"https://(.+):(\d+)/?", cluster["server"]).groups()
        self._environment = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port,
                             "HOSTNAME": NAME, "PATH": "/bin", **_environment(container)}

    def command(self, *instead: str) -> list[str]:
        """What runs it, in the place of the process that starts it. `instead` of its arguments."""
        arguments = instead or [_expanded(argument, self._environment)
                                for argument in self._container.get("args", [])]
        return [sys.executable, str(RUNTIME), f"--root={self._rootfs}", f"--hostname={NAME}",
                f"--bind={self._account}:{ACCOUNT_FOLDER}", f"--bind={self._config}:{CONFIG_FOLDER}",
                f"--bind={self.termination_log}:/dev/termination-log",
                *(f"--env={name}={value}" for name, value in self._environment.items()),
                "--", "/bin/vsphere-syncer", *arguments]

    def run(self, *instead: str, seconds: float = 120) -> subprocess.CompletedProcess:
        """Until it ends by itself."""
        return subprocess.run(self.command(*instead), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=seconds, check=False)


class PodSyncer(Syncer):
    """The pod in the place of the program that stories start. `port` is where its metrics are."""

    def __init__(self, pod: Pod, folder: Path, port: int = METRICS_PORT):
        super().__init__(Path("/bin/vsphere-syncer"), Path(), Path(), folder, [])
        self._pod, self._port = pod, port

    def start(self, *more: str, **environment: str) -> None:
        if more or environment:
            raise ValueError("the manifest alone says how it is started")
        must_be_free(self._port)
        self._child = Child("vsphere-syncer", self._pod.command(), self.log)

    def status(self) -> dict[str, str]:
        """What the kernel says of its process: /proc/PID/status."""
        lines = Path(f"/proc/{self._child.pid}/status").read_text().splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def mounts(self) -> dict[str, set[str]]:
        """What it sees mounted where, with which options."""
        lines = Path(f"/proc/{self._child.pid}/mountinfo").read_text().splitlines()
        return {line.split()[4]: set(line.split()[5].split(",")) for line in lines}

    def ready(self) -> bool:
        """What the kubelet's readiness probe would find."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:  # Nobody listens yet, or another status.
            return False


def no_containers_because() -> str:
    """Empty when this machine lets us make them: it takes root, and a kernel that is not locked up."""
    done = subprocess.run(["unshare", "--mount", "--uts", "true"], capture_output=True, text=True, check=False)
    return done.stderr.strip()


def must_be_free(port: int) -> None:
    """The pod has the network of this machine, and its port is in the manifest."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


def sidecar() -> dict:
    return manifests.container(manifests.read(manifests.INSTALLATION), "vsphere-syncer")


def trial() -> dict:
    return manifests.container(manifests.read(manifests.DEPLOY / "trial/job.yaml"), "vsphere-syncer")


def _of(kubeconfig: dict) -> tuple[dict, dict]:
    return kubeconfig["clusters"][0]["cluster"], kubeconfig["users"][0]["user"]


def _environment(container: dict) -> dict[str, str]:
    """Field references all mean the namespace; there is no other in these manifests."""
    found = {}
    for variable in container.get("env", []):
        if "value" in variable:
            found[variable["name"]] = variable["value"]
        elif variable["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.namespace"}}:
            found[variable["name"]] = NAMESPACE
        else:
            raise ValueError(f"{variable['name']}: what is {json.dumps(variable['valueFrom'])}?")
    return found


def _expanded(argument: str, environment: dict[str, str]) -> str:
    return re.sub(r"\$\((\w+)\)", lambda found: environment.get(found[1], found[0]), argument)


def _secret(config: str) -> dict[str, str]:
    """csi-vsphere.conf and the authorities it names, as keys of one Secret."""
    files: dict[str, str] = {}

    def inside(found: re.Match) -> str:
        name = Path(found[1]).name
        files[name] = Path(found[1]).read_text()
        return f'ca-file = "{CONFIG_FOLDER}/{name}"'

    files["csi-vsphere.conf"] = re.sub(r'ca-file = "(.+)"', inside, config)
    return files


def _mount_files(folder: Path, files: dict[str, str]) -> None:
    """As the kubelet lays them out: every name leads through a link that is replaced at a change."""
    data = folder / "..2026_01_01_00_00_00.000000001"
    data.mkdir(parents=True)
    for name, text in files.items():
        (data / name).write_text(text)
        (folder / name).symlink_to(Path("..data", name))
    os.symlink(data.name, folder / "..data")
    for path in (folder, data):
        path.chmod(0o755)
    for name in files:
        (data / name).chmod(0o644)
