"""The real servers on loopback: etcd, kube-apiserver and vcsim, as a syncer in production sees them.

    with Rig(binaries, folder) as rig:
        rig.kubeconfig, rig.vsphere_config    # files for the syncer
        rig.kube                              # the cluster as its administrator
        rig.vcenter_url, rig.vcenter_admin    # vCenter, and what a test may do to it

Everything lives in `folder`; every program is ended when the block is left, however that happens.
Run as a program it starts the servers, says where they are (also in rig.json of the folder), and
waits for a signal.
"""

import argparse
import base64
import contextlib
import json
import os
import secrets
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "story"))

import audit  # noqa: E402
import certs  # noqa: E402
import cluster_setup  # noqa: E402
from children import Child, free_port, wait_until  # noqa: E402
from kube import Kube, KubeError  # noqa: E402

USER = "administrator@vsphere.local"
START_SECONDS = 120
NO_GO = 77

AUDIT_POLICY = """apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  users:
  - system:serviceaccount:vmware-system-csi:vsphere-csi-controller
  - system:serviceaccount:vmware-system-csi:vsphere-syncer-trial
- level: None
"""

KUBECONFIG = """apiVersion: v1
kind: Config
current-context: real
clusters:
- name: real
  cluster:
    server: {server}
    certificate-authority: {ca}
users:
- name: syncer
  user:
    tokenFile: {token}
contexts:
- name: real
  context:
    cluster: real
    user: syncer
"""

VSPHERE_CONFIG = """[Global]
cluster-id = "{cluster}"
ca-file = "{ca}"

[VirtualCenter "127.0.0.1"]
port = "{port}"
user = "{user}"
password = "{password}"
datacenters = "DC0"
"""


class Rig:
    def __init__(self, binaries: Path, folder: Path, cluster: str = "story",
                 namespaces: tuple[str, ...] = ("default",), feature_gates: str = "",
                 in_use_protection: bool = False, machines: int = 0):
        self._machines = machines
        self._binaries, self._folder = binaries, folder
        self._namespaces = [n for n in namespaces if n != "default"]
        self._feature_gates, self._in_use_protection = feature_gates, in_use_protection
        self._stack = contextlib.ExitStack()
        self._api_server: Child | None = None
        self._warming: list[tuple[datetime, datetime]] = []
        self.cluster = cluster
        self.user, self.password = USER, secrets.token_hex(12)
        self.audit_log = folder / "audit.log"
        self.kubeconfig = folder / "kubeconfig"
        self.vsphere_config = folder / "csi-vsphere.conf"

    def __enter__(self):
        try:
            self._make_certificates()
            self._start_vcsim()
            self._start_etcd()
            self._api_port = free_port()
            self.kube = Kube(f"https://127.0.0.1:{self._api_port}", self._kube_ca_file,
                             client_cert=(self._admin_pair.cert, self._admin_pair.key))
            self.start_api_server()
            self._install_cluster()
            self._write_vsphere_config()
            self._write_summary()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *exception):
        self.stop_api_server()
        self._stack.close()

    def start_api_server(self) -> None:
        """Starts it, or starts it again: same port, same etcd. Returns when it is ready."""
        begun = datetime.now(timezone.utc)
        self._api_server = Child("kube-apiserver", self._api_server_command(),
                                 self._folder / "kube-apiserver.log")
        self._stack.callback(self._api_server.stop)
        wait_until("kube-apiserver ready", self._api_server_ready, START_SECONDS)
        self._warming.append((begun, datetime.now(timezone.utc)))

    def stop_api_server(self) -> None:
        if self._api_server is not None:
            self._api_server.stop()
            self._api_server = None
            self.kube.reset()

    def kill_vcenter_sessions(self) -> int:
        """Ends every login at the vCenter as another administrator would; returns how many."""
        return self.vcenter_admin("/sessions/kill", {})["killed"]

    def pause_vcenter(self) -> None:
        """It accepts connections and answers nothing, until resumed."""
        os.kill(self._vcsim.pid, signal.SIGSTOP)

    def resume_vcenter(self) -> None:
        os.kill(self._vcsim.pid, signal.SIGCONT)

    def vcenter_calls(self) -> dict[str, int]:
        """SOAP requests since start, by method."""
        return self.vcenter_admin("/stats")["calls"]

    def add_disks(self, ids: list[str]) -> None:
        self.vcenter_admin("/disks", {"ids": ids})

    def machines(self) -> list[str]:
        """The UUIDs of the VMs."""
        return self.vcenter_admin("/machines")["uuids"]

    def tag(self, category: str, name: str, kind: str) -> None:
        """Tags every object of that kind, through the API that people use for it."""
        tls = ssl.create_default_context(cafile=str(self.vcenter_ca_file))
        basic = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()

        def rest(path: str, body: dict | None, **headers: str):
            request = urllib.request.Request(
                f"{self.vcenter_url}/rest/com/vmware/cis/{path}", json.dumps(body).encode(),
                {"Content-Type": "application/json", **headers}, method="POST")
            with urllib.request.urlopen(request, timeout=30, context=tls) as answer:
                text = answer.read()
            return json.loads(text)["value"] if text.strip() else None

        session = {"vmware-api-session-id": rest("session", None, Authorization="Basic " + basic)}
        made = rest("tagging/category", {"create_spec": {
            "name": category, "description": "", "cardinality": "SINGLE", "associable_types": []}},
            **session)
        tag = rest("tagging/tag", {"create_spec": {
            "name": name, "description": "", "category_id": made}}, **session)
        for one in self.vcenter_admin("/machines")["objects"][kind]:
            rest(f"tagging/tag-association/id:{tag}?~action=attach",
                 {"object_id": {"type": kind, "id": one}}, **session)

    def vcenter_admin(self, path: str, body: dict | None = None) -> dict:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(self._vcenter_admin_url + path, data, timeout=30) as answer:
            return json.load(answer)

    def refused_requests(self) -> list[str]:
        """What the syncer asked of the API server without having the right to (401 and 403).

        A server that is not ready yet does not know the roles: its 403 says nothing of them.
        """
        refused = set()
        for event in audit.read(self.audit_log):
            code = event.get("responseStatus", {}).get("code")
            if code == 401 or code == 403 and not self._was_warming(event):
                refused.add(audit.title(event))
        return sorted(refused)

    def recorded_requests(self) -> int:
        return len(audit.read(self.audit_log))

    def requests_outside_of_the_role(self) -> list[str]:
        return audit.outside(audit.read(self.audit_log))

    def _was_warming(self, event: dict) -> bool:
        received = datetime.fromisoformat(event["requestReceivedTimestamp"])
        return any(begun <= received <= ready for begun, ready in self._warming)

    def _make_certificates(self) -> None:
        pki = self._folder / "pki"
        pki.mkdir(parents=True)
        kube_ca, self._vcenter_ca = certs.Authority(pki, "kube-ca"), certs.Authority(pki, "vcenter-ca")
        self._kube_ca_file, self.vcenter_ca_file = kube_ca.pair.cert, self._vcenter_ca.pair.cert
        self._api_pair = kube_ca.server("kube-apiserver")
        self._admin_pair = kube_ca.client("admin", "system:masters")
        self._vcenter_pair = self._vcenter_ca.server("vcenter")
        self._account_key, self._account_public = pki / "account-key.pem", pki / "account.pub"
        certs.new_key(self._account_key)
        certs.public_key(self._account_key, self._account_public)
        self._audit_policy = self._folder / "audit-policy.yaml"
        self._audit_policy.write_text(AUDIT_POLICY)

    def _start(self, name: str, *arguments: str) -> Child:
        child = Child(name, [str(self._binaries / name), *arguments], self._folder / f"{name}.log")
        self._stack.callback(child.stop)
        return child

    def _start_vcsim(self) -> None:
        password_file = self._folder / "vcenter-password"
        password_file.write_text(self.password)
        vcsim = self._start("vcsim", "-cert", str(self._vcenter_pair.cert),
                            "-key", str(self._vcenter_pair.key),
                            "-user", USER, "-password-file", str(password_file),
                            "-machines", str(self._machines))

        self._vcsim = vcsim

        def ready_line():
            vcsim.must_run()
            lines = vcsim.log.read_text().splitlines()
            return next((line.split() for line in lines if line.startswith("ready ")), None)

        _, self.vcenter_url, _, self._vcenter_admin_url = wait_until(
            "vcsim ready", ready_line, START_SECONDS)

    def _start_etcd(self) -> None:
        client, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        self._etcd_url = client
        etcd = self._start(
            "etcd", "--name=rig", f"--data-dir={self._folder / 'etcd'}",
            f"--listen-client-urls={client}", f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=rig={peer}", "--unsafe-no-fsync", "--log-level=warn")

        def healthy():
            etcd.must_run()
            with contextlib.suppress(OSError):
                with urllib.request.urlopen(client + "/health", timeout=2) as answer:
                    return json.load(answer)["health"] == "true"
            return False

        wait_until("etcd healthy", healthy, START_SECONDS)

    def _api_server_command(self) -> list[str]:
        command = [
            str(self._binaries / "kube-apiserver"),
            f"--etcd-servers={self._etcd_url}", f"--secure-port={self._api_port}",
            "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
            # Otherwise a stopping server waits a minute for its watches to end by themselves.
            "--shutdown-watch-termination-grace-period=1s",
            "--service-cluster-ip-range=10.0.0.0/24", "--endpoint-reconciler-type=none",
            f"--cert-dir={self._folder / 'pki'}",
            f"--tls-cert-file={self._api_pair.cert}", f"--tls-private-key-file={self._api_pair.key}",
            f"--client-ca-file={self._kube_ca_file}", "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-signing-key-file={self._account_key}",
            f"--service-account-key-file={self._account_public}",
            f"--audit-policy-file={self._audit_policy}", f"--audit-log-path={self.audit_log}",
        ]
        if not self._in_use_protection:  # Its finalizers are removed by controllers, and none runs.
            command.append("--disable-admission-plugins=StorageObjectInUseProtection")
        if self._feature_gates:
            command.append(f"--feature-gates={self._feature_gates}")
        return command

    def _api_server_ready(self) -> bool:
        self._api_server.must_run()
        try:
            return self.kube.get("/readyz") == "ok"
        except (OSError, KubeError):
            return False

    def _install_cluster(self) -> None:
        # The server makes this namespace itself, a moment after it is ready.
        wait_until("namespace default", self._has_default_namespace, START_SECONDS)
        self.kube.create(cluster_setup.accounts("default"), {"metadata": {"name": "default"}})
        token_file = self._folder / "token"
        token_file.write_text(cluster_setup.install(self.kube, self._namespaces))
        token_file.chmod(0o600)
        self.kubeconfig.write_text(KUBECONFIG.format(
            server=f"https://127.0.0.1:{self._api_port}", ca=self._kube_ca_file, token=token_file))

    def _has_default_namespace(self) -> bool:
        try:
            return bool(self.kube.get("/api/v1/namespaces/default"))
        except KubeError as error:
            if error.code != 404:
                raise
            return False

    def _write_vsphere_config(self) -> None:
        self.vsphere_config.write_text(VSPHERE_CONFIG.format(
            cluster=self.cluster, ca=self.vcenter_ca_file, user=USER, password=self.password,
            port=self.vcenter_url.rpartition(":")[2]))
        self.vsphere_config.chmod(0o600)

    def _write_summary(self) -> None:
        """Everything another program needs to drive these servers, in rig.json."""
        (self._folder / "rig.json").write_text(json.dumps({
            "cluster": self.cluster, "kubeconfig": str(self.kubeconfig),
            "vsphere_config": str(self.vsphere_config), "pid": os.getpid(),
            "kube": {"url": f"https://127.0.0.1:{self._api_port}", "ca": str(self._kube_ca_file),
                     "client_cert": str(self._admin_pair.cert),
                     "client_key": str(self._admin_pair.key)},
            "vcenter": {"url": self.vcenter_url, "ca": str(self.vcenter_ca_file), "user": USER,
                        "password": self.password, "admin": self._vcenter_admin_url}}, indent=1))


def build_servers() -> Path:
    """The folder of the three programs, built when needed. Ends the program with 77 without Go."""
    done = subprocess.run([str(HERE / "build")], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.returncode if done.returncode == NO_GO else 1)
    return Path(done.stdout.strip())


def exit_on_signals() -> None:
    """SIGTERM and SIGINT become SystemExit, so that every `with` block cleans up."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: sys.exit(128 + received))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dir", type=Path, help="where to put everything (default: a new folder)")
    parser.add_argument("--feature-gates", default="", help="for kube-apiserver")
    parser.add_argument("--in-use-protection", action="store_true",
                        help="leave StorageObjectInUseProtection on")
    arguments = parser.parse_args()
    exit_on_signals()
    binaries = build_servers()
    with contextlib.ExitStack() as stack:
        folder = arguments.dir or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rig-")))
        started = time.monotonic()
        rig = stack.enter_context(Rig(binaries, folder, feature_gates=arguments.feature_gates,
                                      in_use_protection=arguments.in_use_protection))
        print(f"ready after {time.monotonic() - started:.1f} s\nkubeconfig {rig.kubeconfig}\n"
              f"csi-vsphere.conf {rig.vsphere_config}\nrig.json {folder / 'rig.json'}", flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
