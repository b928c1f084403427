"""The life of each kind of volume, for any backend; kinds_sim.py has what only ours can do."""

import itertools
import uuid

import kube as paths
from cluster import Cluster, csi, from_claim
from desired import CLAIM, POD, PV
from telling import CREATE, DELETE, FIRST_SYNC_SECONDS, UPDATE, Telling, expect

SUCCEEDED, FAILED = "static volume provisioning succeeded", "static volume provisioning failed"
MARKER = "marker"


def new_disk() -> str:
    return str(uuid.uuid4())


class Kinds(Telling):
    def __init__(self, backend, syncer, say):
        super().__init__(backend, syncer, say)
        self._cluster = Cluster(backend.kube)
        self._marks = itertools.count()
        self._impossible: set[str] = set()  # handles and paths that can never be in CNS

    def chapters(self) -> list:
        return [
            ("the syncer starts on a cluster of one volume", self.prologue),
            ("a dynamic volume lives from Pending to Available again", self.dynamic),
            ("what the controller deletes is left alone", self.controller_owns),
            ("a static volume is registered at once, with all it serves", self.static),
            ("a static volume without a disk fails by itself", self.static_failure),
            ("of several pods on one disk the first is shown", self.several_pods),
            ("an ephemeral volume shows the pod that owns it", self.ephemeral),
            ("what is not ours is never in the way", self.foreign),
            ("nobody was unregistered, and no server has a complaint", self.complaints),
        ]

    def prologue(self) -> None:
        self._dynamic_volume(MARKER)
        self._cluster.pod("archive", "marker-0", from_claim(MARKER))
        self._syncer.start()
        self._sync(FIRST_SYNC_SECONDS)

    def dynamic(self) -> None:
        handle, cluster = new_disk(), self._cluster
        self._backend.create_volumes([handle])
        first = cluster.claim("archive", "first")
        cluster.volume("dyn", csi(handle, dynamic=True), phase="Pending")
        self._settle()
        self._holds(handle, "while the volume is Pending")
        cluster.bind("dyn", first)
        cluster.pod("archive", "first-0", from_claim("first"))
        self._sync()
        self._holds(handle, "bound", (PV, "dyn"), (CLAIM, "first"), (POD, "first-0"))
        cluster.label_volume("dyn", zone="z2", owner="me")
        cluster.label_claim("archive", "first", app=None, tier="gold")
        cluster.delete_pod("archive", "first-0")
        cluster.pod("archive", "first-1", from_claim("first"))
        self._sync()
        cluster.delete_pod("archive", "first-1")
        cluster.delete_claim("archive", "first")
        cluster.phase("dyn", "Released")
        self._sync()
        self._holds(handle, "Released", (PV, "dyn"))
        cluster.phase("dyn", "Failed")
        cluster.label_volume("dyn", seen="no")
        self._settle()
        expect(("seen", "no") not in self._live(handle)[0].labels, "a Failed volume was written")
        cluster.make_available("dyn")
        self._sync()
        cluster.bind("dyn", cluster.claim("archive", "second"))
        self._sync()
        self._holds(handle, "used again", (PV, "dyn"), (CLAIM, "second"))
        cluster.delete_claim("archive", "second")
        cluster.delete_volume("dyn")
        self._settle()
        expect(self._kinds(handle) != [], "the entities of a volume without PV were taken away")

    def controller_owns(self) -> None:
        handle = self._dynamic_volume("going", policy="Delete")
        self._cluster.pod("archive", "going-0", from_claim("going"))
        self._sync()
        before = self._kinds(handle)
        self._cluster.delete_pod("archive", "going-0")
        self._sync()
        held = self._kinds(handle)
        expect((POD, "going-0") in before and (POD, "going-0") not in held, "the pod did not go")
        self._cluster.delete_claim("archive", "going")
        self._cluster.phase("pvc-going", "Released")
        self._cluster.label_volume("pvc-going", seen="no")
        self._settle()
        expect(self._kinds(handle) == held, f"the controller's volume changed: {self._kinds(handle)}")

    def static(self) -> None:
        handle, cluster = new_disk(), self._cluster
        self._backend.add_disks([handle])
        claim = cluster.claim("archive", "papers")
        cluster.volume("static", csi(handle), claim, phase="Pending")
        cluster.pod("archive", "papers-0", from_claim("papers"))
        self._settle()
        expect(handle not in self._backend.volumes(), "a Pending volume was registered")
        creates, updates = self._sent(CREATE), self._sent(UPDATE)
        cluster.phase("static", "Bound")
        self._sync()
        sent = self._sent(CREATE) - creates, self._sent(UPDATE) - updates
        expect(sent == (1, 0), f"registering took {sent} create and update calls")
        self._holds(handle, "registered", (PV, "static"), (CLAIM, "papers"), (POD, "papers-0"))
        self._told("static", SUCCEEDED, "Normal")
        cluster.label_volume("static", zone="z3")
        cluster.pod_phase("archive", "papers-0", "Succeeded")
        self._sync()
        self._holds(handle, "the pod finished", (PV, "static"), (CLAIM, "papers"))
        cluster.delete_claim("archive", "papers")
        cluster.phase("static", "Released")
        self._sync()
        self._holds(handle, "Released", (PV, "static"))

    def static_failure(self) -> None:
        handle, other = new_disk(), new_disk()
        self._backend.add_disks([other])
        self._cluster.volume("no-disk", csi(handle))
        self._cluster.volume("empty-handle-neighbour", csi(other))
        self._impossible.add(handle)
        self._sync()
        event = self._told("no-disk", FAILED, "Warning")
        expect(event["message"] != "", "the Event gives no reason")
        self._told("empty-handle-neighbour", SUCCEEDED, "Normal")
        self._backend.add_disks([handle])
        self._cluster.label_volume("no-disk", disk="came")
        self._impossible.discard(handle)
        self._sync()
        expect(len(self._cluster.events("no-disk", FAILED)) == 1, "more than one Event says it failed")

    def several_pods(self) -> None:
        handle = self._dynamic_volume("crowd")
        for name in ("late-name-first", "b", "c"):
            self._cluster.pod("archive", name, from_claim("crowd"))
        self._cluster.pod("archive", "waiting", from_claim("crowd"), phase="Pending")
        self._sync()
        self._holds(handle, "crowded", (PV, "pvc-crowd"), (CLAIM, "crowd"), (POD, "late-name-first"))
        self._cluster.pod_phase("archive", "late-name-first", "Failed")
        self._sync()
        self._holds(handle, "the first failed", (PV, "pvc-crowd"), (CLAIM, "crowd"), (POD, "b"))
        for name in ("late-name-first", "b", "c"):
            self._cluster.delete_pod("archive", name)
        self._sync()
        self._holds(handle, "all gone", (PV, "pvc-crowd"), (CLAIM, "crowd"))

    def ephemeral(self) -> None:
        handle, cluster = new_disk(), self._cluster
        self._backend.create_volumes([handle])
        template = {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
        scratch = {"name": "scratch", "ephemeral": {"volumeClaimTemplate": template}}
        pod = cluster.pod("batch", "job", scratch, phase="Pending")
        claim = cluster.claim("batch", "job-scratch", owner=pod)
        cluster.volume("pvc-job", csi(handle, dynamic=True), claim, policy="Delete")
        cluster.pod_phase("batch", "job", "Running")
        self._sync()
        self._holds(handle, "running", (PV, "pvc-job"), (CLAIM, "job-scratch"), (POD, "job"))
        # Same name as an ephemeral claim would have, but made by somebody else.
        other = new_disk()
        self._backend.create_volumes([other])
        cluster.volume("pvc-alien", csi(other, dynamic=True), cluster.claim("batch", "thief-scratch"))
        cluster.pod("batch", "thief", scratch)
        self._sync()
        self._holds(other, "not owned", (PV, "pvc-alien"), (CLAIM, "thief-scratch"))
        cluster.pod_phase("batch", "job", "Succeeded")
        self._sync()
        self._holds(handle, "ended", (PV, "pvc-job"), (CLAIM, "job-scratch"))

    def foreign(self) -> None:
        handle, theirs, cluster = self._dynamic_volume("ours"), new_disk(), self._cluster
        cluster.volume("theirs", csi(theirs, driver="ebs.csi.aws.com"), cluster.claim("archive", "theirs"))
        cluster.volume("nfs", {"nfs": {"server": "nas.test", "path": "/export"}},
                       cluster.claim("archive", "nfs"), modes=("ReadWriteMany",))
        secrets = {"name": "secrets", "csi": {"driver": "secrets-store.csi.k8s.io", "readOnly": True}}
        cluster.pod("archive", "mixed", secrets, from_claim("theirs", "theirs"), from_claim("nfs", "nfs"),
                    from_claim("ours", "ours"))
        self._sync()
        self._holds(handle, "mixed", (PV, "pvc-ours"), (CLAIM, "ours"), (POD, "mixed"))
        expect(theirs not in self._backend.volumes(), "a foreign volume was registered")

    def complaints(self) -> None:
        expect(self._sent(DELETE) == 0, f"{self._sent(DELETE)} volumes were unregistered")
        self._no_complaints()
        self._goodbye()

    def _dynamic_volume(self, claim: str, policy: str = "Retain") -> str:
        """PV pvc-<claim>, bound to a claim of that name in namespace archive."""
        handle = new_disk()
        self._backend.create_volumes([handle])
        self._cluster.volume("pvc-" + claim, csi(handle, dynamic=True),
                             self._cluster.claim("archive", claim), policy=policy)
        return handle

    def _sync(self, seconds: float = FIRST_SYNC_SECONDS) -> None:
        """Equal, and not for a moment only: a pod that replaces another takes two calls."""
        self._in_sync(seconds, but=self._impossible)
        while self._total("in_flight") > 0 or self._differs():
            self._in_sync(seconds, but=self._impossible)

    def _differs(self) -> bool:
        return bool(self._look().differences.keys() - self._impossible)

    def _settle(self) -> None:
        """Something later was seen and sent: what is not sent now will not be."""
        mark = str(next(self._marks))
        self._cluster.label_volume("pvc-marker", mark=mark)
        self._cluster.label_claim("archive", MARKER, mark=mark)
        pod = next(p["metadata"]["name"] for p in self._backend.kube.list(paths.pods("archive"))
                   if p["metadata"]["name"].startswith("marker-"))
        self._cluster.delete_pod("archive", pod)
        self._cluster.pod("archive", f"marker-{int(mark) + 1}", from_claim(MARKER))
        self._sync()

    def _holds(self, handle: str, when: str, *wanted: tuple[str, str]) -> None:
        """In words of our own, beside what the checker says."""
        held = self._kinds(handle)
        expect(held == sorted(wanted), f"{when}: CNS has {held}, not {sorted(wanted)}")

    def _told(self, about: str, reason: str, kind: str) -> dict:
        events = self._wait(f"the Event about {about}", lambda: self._cluster.events(about, reason))
        expect(len(events) == 1, f"{len(events)} Events {reason!r} about {about}")
        expect(events[0]["type"] == kind, f"the Event about {about} is of type {events[0]['type']}")
        return events[0]
