#!/usr/bin/env python3
"""The container of the upstream manifest with our image: same arguments, environment, files and role.

The life of a cluster with 200 volumes, told to real servers and to syncer-sim; on real servers then swapping
back and forth with an elector of client-go in the place of the container that is replaced. Needs root and
port 2113. Exit codes: 0 all passed, 1 something failed, 77 skipped.
"""

import argparse
import contextlib
import re
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import yaml

import image
import manifests
from pod import (METRICS_PORT, NAME, NAMESPACE, Pod, PodSyncer, must_be_free, no_containers_because,
                 sidecar, trial)

import checker
import shelf
import story
import upstream_rule
import world
from backend_real import RealBackend, build_servers
from backend_sim import SimBackend
from chapters import Story
from children import Child, wait_until
from cluster_setup import accounts
from cns import Volume
from telling import UPDATE, expect

SKIPPED = 77
LEASE = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases/vsphere-syncer"
LEASE_SECONDS, RENEW_SECONDS, RETRY_SECONDS = 30, 20, 10  # as in the manifest
OTHER = "the-other-container"
TRIAL = "vsphere-syncer-trial"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
FLOW_SCHEMAS = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas"


class InThePod(Story):
    """The life of a cluster, with the sidecar as the manifest has it."""

    def __init__(self, rootfs: Path, backend, volumes: int, folder: Path, say):
        pod = image.pod_of(rootfs, sidecar(), backend, folder / "pod")
        super().__init__(backend, PodSyncer(pod, folder), volumes, True, say)
        self._rootfs, self._folder = rootfs, folder
        self.figures: dict[str, float] = {}

    def close(self) -> None:
        self._syncer.close()


class Swapped(InThePod):
    """And what only real servers can judge: the swap, flow schemas, the trial's role, the audit log."""

    def __init__(self, elector: Path, *rest):
        super().__init__(*rest)
        self._elector = elector
        self._other: Child | None = None

    def close(self) -> None:
        super().close()
        if self._other is not None:
            self._other.kill()

    def chapters(self) -> list:
        *life, complaints = super().chapters()
        return [("the API server takes the flow schemas", self.flow_schemas), *life,
                ("the other container waits while we lead", self.other_waits),
                ("the other one takes over, and would change nothing in CNS", self.swapped_back),
                ("while it leads, we are ready and touch nothing", self.standing_by),
                ("it goes without a word, and we take over", self.swapped_forth),
                ("the trial's role is enough for the trial", self.trial),
                ("its requests went where the flow schemas say", self.flows),
                complaints]

    def other_waits(self) -> None:
        self._wait("we lead", lambda: self._holder() == NAME)
        self._other = Child(OTHER, [str(self._elector), f"--kubeconfig={self._backend.kubeconfig}",
                                    f"--identity={OTHER}", f"--namespace={NAMESPACE}",
                                    f"--lease-duration={LEASE_SECONDS}s",
                                    f"--renew-deadline={RENEW_SECONDS}s",
                                    f"--retry-period={RETRY_SECONDS}s"], self._folder / "elector.log")
        # Longer than it would take to steal a Lease that is not renewed.
        self._renewals(4)
        expect(self._holder() == NAME and not self._leads(), "it leads beside us")

    def swapped_back(self) -> None:
        self._in_sync()
        began = time.monotonic()
        self._goodbye()
        self._until("the other container leads", self._leads)
        self.figures["from our end until the other leads"] = time.monotonic() - began
        objects = checker.read_objects(self._backend.kube)
        rewritten = upstream_rule.updates(objects, self._volumes(), self._backend.cluster,
                                          upstream_rule.on_purpose(objects))
        expect(not rewritten, f"it would rewrite {rewritten}")

    def standing_by(self) -> None:
        logins, sent = self._syncer_logins(), self._sent(UPDATE)
        self._syncer.start()
        self._wait("ready", self._syncer.ready)
        for one in self._world.served[:10]:
            self._world.label_volume(one, after="swap")
        self._renewals(2)
        self._other.must_run()
        expect(self._holder() == OTHER, f"{self._holder()} has the Lease")
        expect(self._syncer_logins() == logins, "a standby logged in to vCenter")
        expect(self._sent(UPDATE) == sent, "a standby wrote to vCenter")

    def swapped_forth(self) -> None:
        sent, began = self._sent(UPDATE), time.monotonic()
        self._other.kill()
        self._wait("we lead", lambda: self._holder() == NAME, 4 * LEASE_SECONDS)
        self.figures["from its end until we lead"] = time.monotonic() - began
        self._in_sync()
        expect(self._sent(UPDATE) > sent, "in sync, and nothing was sent")

    def flow_schemas(self) -> None:
        for schema in manifests.read(manifests.DEPLOY / "flow-schema/flow-schema.yaml"):
            self._backend.kube.create(FLOW_SCHEMAS, schema)
        for schema in manifests.read(manifests.DEPLOY / "flow-schema/flow-schema.yaml"):
            path = f"{FLOW_SCHEMAS}/{schema['metadata']['name']}"
            self._until("the schema has its priority level", lambda path=path: any(
                condition["type"] == "Dangling" and condition["status"] == "False"
                for condition in self._backend.kube.get(path).get("status", {}).get("conditions", [])))

    def trial(self) -> None:
        for thing in manifests.render(manifests.DEPLOY / "trial"):
            if thing["kind"] != "Job":
                self._backend.kube.create(collection(thing), thing)
        answer = self._backend.kube.create(
            f"{accounts(NAMESPACE)}/{TRIAL}/token", {"spec": {"expirationSeconds": 3600}})
        done = self._pod_as(answer["status"]["token"]).run()
        expect(done.returncode == 0, f"beside a syncer in sync it ended with {done.returncode}: "
                                     f"{(done.stdout + done.stderr)[-500:]}")

    def flows(self) -> None:
        metrics = self._backend.kube.get("/metrics")
        for schema in ("vsphere-csi-leases", "vsphere-csi-controller"):
            counts = re.findall(r'apiserver_flowcontrol_dispatched_requests_total\{[^}]*flow_schema="'
                                + schema + r'"[^}]*\} (\S+)', metrics)
            expect(sum(map(float, counts)) > 0, f"no request went by {schema}")

    def complaints(self) -> None:
        expect(self._backend.requests() > 0, "the audit log is empty")
        super().complaints()

    def _lease(self) -> dict:
        return self._backend.kube.get(LEASE)["spec"]

    def _holder(self) -> str:
        return self._lease().get("holderIdentity") or ""

    def _leads(self) -> bool:
        self._other.must_run()
        return "leading" in self._other.log.read_text().splitlines() and self._holder() == OTHER

    def _renewals(self, count: int) -> None:
        """Lets that many renewals of the Lease pass, whoever makes them."""
        for _ in range(count):
            last = self._lease()["renewTime"]
            self._until("the Lease is renewed", lambda last=last: self._lease()["renewTime"] != last)

    def _until(self, what: str, condition) -> None:
        """Also while the syncer is not meant to run."""
        wait_until(what, condition, 4 * LEASE_SECONDS, every=0.2)

    def _volumes(self) -> dict[str, Volume]:
        """vcsim keeps entities that were sent with delete=true; CNS does not."""
        return {handle: replace(volume, entities=tuple(e for e in volume.entities if not e.deleted))
                for handle, volume in self._backend.volumes().items()}

    def _pod_as(self, token: str) -> Pod:
        kubeconfig = yaml.safe_load(self._backend.kubeconfig.read_text())
        kubeconfig["users"][0]["user"] = {"token": token}
        path = self._folder / "trial.kubeconfig"
        path.write_text(yaml.safe_dump(kubeconfig))
        return Pod(self._rootfs, trial(), path, self._backend.vsphere_config, self._folder / "trial")


def collection(thing: dict) -> str:
    return {"ServiceAccount": accounts(NAMESPACE), "ClusterRole": f"{RBAC}/clusterroles",
            "ClusterRoleBinding": f"{RBAC}/clusterrolebindings"}[thing["kind"]]


def tell(told: InThePod, name: str) -> tuple[int, int]:
    story.say(f"the sidecar on {name}")
    try:
        counts = story.tell(told)
    finally:
        told.close()
    for what, seconds in told.figures.items():
        print(f"{name}: {what}: {seconds:.1f} s")
    return counts


def on_real_servers(rootfs: Path, folder: Path, options) -> tuple[int, int]:
    servers = build_servers()
    with RealBackend(folder / "servers", world.NAMESPACES, True, False, servers) as backend:
        return tell(Swapped(servers / "elector", rootfs, backend, options.volumes, folder, story.say),
                    backend.name)


def on_simulators(rootfs: Path, folder: Path, options) -> tuple[int, int]:
    with SimBackend(folder / "servers", options.sim.resolve(), namespaces=world.NAMESPACES) as backend:
        return tell(InThePod(rootfs, backend, options.volumes, folder, story.say), backend.name)


def main() -> int:
    sides = {"real": on_real_servers, "sim": on_simulators}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backend", choices=(*sides, "both"), default="both")
    parser.add_argument("--syncer", type=Path, required=True, help="the program, a release build")
    parser.add_argument("--sim", type=Path, required=True, help="the syncer-sim program")
    parser.add_argument("--volumes", type=int, default=shelf.LIFE_VOLUMES)
    parser.add_argument("--dir", type=Path, help="keep everything there")
    options = parser.parse_args()
    if reason := no_containers_because():
        print(f"skipped: no containers here: {reason}")
        return SKIPPED
    must_be_free(METRICS_PORT)
    story.exit_on_signals()
    with contextlib.ExitStack() as stack:
        folder = options.dir or Path(stack.enter_context(
            tempfile.TemporaryDirectory(prefix="syncer-drop-in-")))
        rootfs = image.build(options.syncer.resolve(), folder)
        done = [tell_side(rootfs, folder / side, options) for side, tell_side in sides.items()
                if options.backend in (side, "both")]
    passed, failed = (sum(counts) for counts in zip(*done))
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
