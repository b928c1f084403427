"""An API server that tells of a past, or of another cluster: nothing is taken away because of it."""

import checker
import kube as paths
from cluster import Cluster, csi, from_claim
from desired import handle_of, key_of
from telling import DELETE, FIRST_SYNC_SECONDS, Telling, expect

VOLUMES = 60
WENT_BACK, ALL_MISSING = "ViewWentBack", "MassMissing"
MISSING = ("pv_missing", "true")


class BackInTime(Telling):
    """One turn that the API server takes; the world is as it was before and after it."""

    title = ""

    def chapters(self) -> list:
        return [("the world before", self.prologue), (self.title, self.turn),
                ("no server has a complaint", self.complaints)]

    def turn(self) -> None:
        raise NotImplementedError

    def prologue(self) -> None:
        kube, cluster = self._backend.kube, Cluster(self._backend.kube)
        self._backend.add_disks(["disk-late"])
        cluster.volume("late", csi("disk-late"))
        self._backend.kube_command("save", {"name": "old"})
        self._syncer.start(FULL_SYNC_INTERVAL_MINUTES="1")
        self._in_sync(FIRST_SYNC_SECONDS)
        # What the snapshot does not know: labels, a claim with its pod, and a whole volume.
        claims = kube.list("/api/v1/persistentvolumeclaims")
        for claim in claims[:20]:
            namespace, name = key_of(claim)
            kube.merge(f"{paths.claims(namespace)}/{name}", {"metadata": {"labels": {"newer": "yes"}}})
        namespace = key_of(claims[0])[0]
        cluster.bind("late", cluster.claim(namespace, "late"))
        cluster.pod(namespace, "late-0", from_claim("late"))
        self._backend.create_volumes(["disk-new"])
        cluster.volume("new", csi("disk-new", dynamic=True), cluster.claim(namespace, "new"))
        self._in_sync()
        self._backend.kube_command("save", {"name": "now"})
        self._remember()

    def complaints(self) -> None:
        self._no_complaints()
        self._goodbye()

    def _comes_back(self, how, *conditions: str) -> None:
        """The API server changes what it says; a cycle later CNS must hold what it held."""
        how()
        stands = self._wait(f"condition {' or '.join(conditions)}", lambda: next(
            (one for one in conditions if self._condition(one)), None), FIRST_SYNC_SECONDS)
        expect(stands in self._syncer.log.read_text(), f"no log line says {stands}")
        self._say(f"condition {stands} stands")
        self._one_more_cycle()
        self._untouched()

    def _recovers(self) -> None:
        self._backend.kube_command("restore", {"name": "now"})
        self._in_sync(FIRST_SYNC_SECONDS)
        self._remember()

    def _remember(self) -> None:
        self._held, self._registered = self._everything(), self._backend.stats()["creates"]

    def _one_more_cycle(self) -> None:
        done = self._total("full_syncs_total")
        self._wait("one more full sync", lambda: self._total("full_syncs_total") > done,
                   FIRST_SYNC_SECONDS)

    def _everything(self) -> dict[str, set]:
        return {handle: {(e.kind, e.namespace, e.name)
                         for e in checker.live(volume, self._backend.cluster)}
                for handle, volume in self._backend.volumes().items()}

    def _untouched(self) -> None:
        stats = self._backend.stats()
        now = self._everything()
        lost = {handle: sorted(held - now.get(handle, set()))
                for handle, held in self._held.items() if held - now.get(handle, set())}
        expect(not lost, f"entities were removed from {len(lost)} volumes: {list(lost.items())[:3]}")
        labelled = [handle for handle, volume in self._backend.volumes().items()
                    for entity in volume.entities if MISSING in entity.labels]
        expect(not labelled, f"{len(labelled)} volumes were labelled pv_missing")
        unregistered = stats["calls"].get(DELETE, 0), stats["deletes"]
        expect(unregistered == (0, 0), f"{unregistered} volumes were unregistered")
        expect(stats["creates"] == self._registered, "volumes were registered")


class OldSnapshot(BackInTime):
    title = "the API server comes back from an old snapshot"

    def turn(self) -> None:
        self._comes_back(lambda: self._backend.kube_command("restore", {"name": "old"}), WENT_BACK)
        self._recovers()


class Empty(BackInTime):
    """Nothing tells this from a cluster whose volumes were all deleted, except that all are."""

    title = "the API server comes back empty"

    def turn(self) -> None:
        self._comes_back(lambda: self._backend.kube_command("restart_empty", {"version": "continues"}),
                         WENT_BACK, ALL_MISSING)
        self._recovers()


class Reset(BackInTime):
    title = "the API server comes back empty and counts from the start"

    def turn(self) -> None:
        self._comes_back(
            lambda: self._backend.kube_command("restart_empty", {"version": "starts_over"}), WENT_BACK)
        self._recovers()


class OtherCluster(BackInTime):
    title = "the address leads to another cluster"

    def turn(self) -> None:
        self._comes_back(lambda: self._backend.kube_command("other_cluster", {"volumes": 10}), WENT_BACK)
        theirs = {handle_of(pv) for pv in self._backend.kube.list(paths.VOLUMES)}
        expect(not theirs & self._backend.volumes().keys(), "volumes of another cluster were registered")
        self._recovers()


class WrongStart(BackInTime):
    """A new process remembers nothing: only that all volumes are missing at once tells it."""

    title = "a start on an empty API server, and one with the kubeconfig of another cluster"

    def turn(self) -> None:
        for command in ("restart_empty", "other_cluster"):
            self._goodbye()
            self._backend.kube_command(command, {"version": "starts_over"})
            self._syncer.start(FULL_SYNC_INTERVAL_MINUTES="1")
            self._wait(f"condition {ALL_MISSING}", lambda: self._condition(ALL_MISSING),
                       FIRST_SYNC_SECONDS)
            self._one_more_cycle()
            self._untouched()


TURNS = {"view-snapshot": OldSnapshot, "view-empty": Empty, "view-reset": Reset,
         "view-other": OtherCluster, "view-start": WrongStart}
