"""What a careful administrator tries first: a dry run, upserts only, and taking over an old id."""

import threading

import kube as paths
from cns import Entity
from desired import POD, PV, handle_of
from telling import CREATE, DELETE, FIRST_SYNC_SECONDS, UPDATE, Telling, expect

VOLUMES = 60
WRITES = (CREATE, UPDATE, DELETE)
OLD = "cluster-of-old"
STRANGER = "somebody-else"


class Commands(Telling):
    def chapters(self) -> list:
        return [
            ("a dry run before the first start tells all and sends nothing", self.dry_run_before),
            ("a run with --once puts everything right and ends", self.once),
            ("a dry run beside a running syncer finds nothing", self.dry_run_beside),
            ("upsert-only takes nothing away without a replacement", self.upsert_only),
            ("adopt tells what it would do", self.adopt_dry),
            ("adopt refuses while somebody writes under the old id", self.adopt_refused),
            ("adopt takes over", self.adopt),
            ("no server has a complaint", self.complaints),
        ]

    def dry_run_before(self) -> None:
        differing = len(self._look().differences)
        expect(differing > 0, "nothing differs before the first start")
        code, output = self._reads_only(lambda: self._syncer.run("--dry-run"))
        expect(code == 1, f"the dry run ended with {code}")
        pv = self._backend.kube.list(paths.VOLUMES)[0]
        expect(handle_of(pv) in output, f"the dry run does not name {handle_of(pv)}")
        expect(len(self._look().differences) == differing, "the dry run changed CNS")

    def once(self) -> None:
        code, output = self._syncer.run("--once", "--bulk-rate=0")
        expect(code == 0, f"--once ended with {code}: {output[-500:]}")
        expect(not self._look().differences, f"still different:\n{self._look().text()}")

    def dry_run_beside(self) -> None:
        self._syncer.start()
        self._wait("the first look at everything", self._syncer.idle, FIRST_SYNC_SECONDS)
        code, output = self._reads_only(lambda: self._syncer.run("--dry-run"))
        expect(code == 0, f"the dry run ended with {code}: {output[-500:]}")
        self._goodbye()

    def upsert_only(self) -> None:
        """A pod without a successor stays listed; one with a successor is replaced."""
        self._syncer.start("--policy=upsert-only")
        self._in_sync()
        (lonely, _), (replaced, pod) = self._pods()[:2]
        held = self._kinds(lonely)
        self._delete(self._pods()[0][1])
        successor = {**pod, "metadata": {**pod["metadata"], "name": "successor"}}
        for key in ("resourceVersion", "uid", "creationTimestamp"):
            successor["metadata"].pop(key, None)
        self._delete(pod)
        self._backend.kube.create(paths.pods(pod["metadata"]["namespace"]), successor)
        self._backend.kube.merge(self._path(successor) + "/status", {"status": {
            "phase": "Running", "startTime": "2026-01-01T00:00:00Z"}})
        self._wait("the pod that came", lambda: (POD, "successor") in self._kinds(replaced))
        expect((POD, pod["metadata"]["name"]) not in self._kinds(replaced), "two pods are listed")
        expect(self._kinds(lonely) == held, f"something was taken away: {self._kinds(lonely)}")
        self._goodbye()
        self._syncer.start()
        self._in_sync()
        expect(self._kinds(lonely) != held, "without the policy the pod is still listed")
        self._goodbye()

    def adopt_dry(self) -> None:
        """Every volume of this cluster was once synced under another id."""
        self._everything = self._backend.volumes()
        self._ours = sorted({handle_of(pv) for pv in self._backend.kube.list(paths.VOLUMES)
                             if pv["status"]["phase"] == "Bound"} & self._everything.keys())[:20]
        for handle in self._ours:
            for cluster in (OLD, STRANGER):
                self._backend.cns.update(handle, cluster, [
                    Entity(PV, "", "pv-of-" + cluster, cluster, (("old", "yes"),))])
        self._backend.vcenter("put_volume", {
            "id": "orphan", "name": "orphan", "cluster": OLD, "entities": [
                {"type": PV, "name": "orphan", "cluster": OLD}]})
        code, output = self._reads_only(lambda: self._adopt())
        expect(code == 0, f"adopt ended with {code}: {output[-500:]}")
        for handle in self._ours[:3]:
            expect(handle in output, f"adopt does not name {handle}")
        expect(self._of(OLD) == {*self._ours, "orphan"}, "the dry run took something away")

    def adopt_refused(self) -> None:
        def write_under_the_old_id():
            self._backend.cns.update(self._ours[0], OLD, [
                Entity(PV, "", "pv-of-" + OLD, OLD, (("old", "still"),))])

        late = threading.Timer(2.5, write_under_the_old_id)
        late.start()
        writes = self._sent(UPDATE)
        code, output = self._adopt("--wait", "5s", "--yes")
        late.join()
        expect(self._sent(UPDATE) == writes + 1, "it wrote although it refused")
        expect(code == 1 and "refused" in output, f"adopt ended with {code}: {output[-500:]}")

    def adopt(self) -> None:
        code, output = self._adopt("--yes")
        expect(code == 0, f"adopt ended with {code}: {output[-500:]}")
        expect(self._of(OLD) == {"orphan"}, f"the old id is still on {sorted(self._of(OLD))[:5]}")
        expect(self._of(STRANGER) == set(self._ours), "entities of a third cluster were touched")
        expect(not self._look().differences, f"not as it must be:\n{self._look().text()}")
        expect(self._sent(DELETE) == 0, "volumes were unregistered")

    def complaints(self) -> None:
        self._no_complaints()

    def _adopt(self, *more: str) -> tuple[int, str]:
        wait = () if "--wait" in more else ("--wait", "2s")
        return self._syncer.run("adopt", "--from-cluster-id", OLD, *wait, *more, flags=False)

    def _reads_only(self, command) -> tuple[int, str]:
        before = self._backend.calls(), self._kube_writes()
        code, output = command()
        after = self._backend.calls(), self._kube_writes()
        sent = {m: after[0].get(m, 0) - before[0].get(m, 0) for m in WRITES}
        expect(not any(sent.values()), f"it wrote to CNS: {sent}")
        expect(after[1] == before[1], f"it wrote to the API server: {after[1]}, not {before[1]}")
        return code, output

    def _kube_writes(self) -> dict[str, int]:
        """Of the syncers: nobody else writes while it is asked."""
        calls = self._backend.admin("/sim/kube/stats")["calls"]
        return {call: count for call, count in calls.items()
                if call.split()[0] in ("create", "update", "patch", "delete")}

    def _of(self, cluster: str) -> set[str]:
        return {handle for handle, volume in self._backend.volumes().items()
                if any(e.cluster == cluster and not e.deleted for e in volume.entities)}

    def _pods(self) -> list[tuple[str, dict]]:
        """Handles of volumes with exactly one pod, and that pod."""
        pod_of = {(p["metadata"]["namespace"], p["metadata"]["name"]): p
                  for p in self._backend.kube.list("/api/v1/pods")}
        found = []
        for handle in sorted(self._backend.volumes()):
            pods = [e for e in self._live(handle) if e.kind == POD]
            if len(pods) == 1 and pods[0].refers and (pods[0].namespace, pods[0].name) in pod_of:
                found.append((handle, pod_of[pods[0].namespace, pods[0].name]))
            if len(found) == 2:
                break
        return found

    def _path(self, pod: dict) -> str:
        return f"{paths.pods(pod['metadata']['namespace'])}/{pod['metadata']['name']}"

    def _delete(self, pod: dict) -> None:
        self._backend.kube.delete(self._path(pod))
