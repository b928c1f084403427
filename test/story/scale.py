"""Thousands of volumes of every kind: all drifted, some of them poisonous; and then quiet."""

import json
import math

import checker
import upstream_rule
from telling import CREATE, DELETE, UPDATE, Telling, expect

VOLUMES, POISON = 5000, 50
PAGE = 500
SECONDS = 600
WRITES = (CREATE, UPDATE, DELETE)
READS = {"CnsQueryAllVolume", "CnsQueryAsync", "CnsQueryVolume"}


class Drifted(Telling):
    """Everything in CNS is wrong, and some objects would choke a careless reader."""

    def chapters(self) -> list:
        return [
            ("before the start every volume differs", self.prologue),
            ("all but the poisonous ones are put right", self.put_right),
            ("the cycle ended as partial", self.partial),
            ("every poisonous object is named with a reason", self.reasons),
            ("the replaced container would have nothing to do", self.swap_back),
            ("a run with --once says the same", self.once),
        ]

    def prologue(self) -> None:
        report = self._look()
        poison = self._poisoned()
        healthy = report.differences.keys() - poison
        expect(len(self._backend.summary["poison"]) == POISON, "the simulator made other poison")
        self._say(f"{len(report.differences)} of {report.compared} volumes differ")
        expect(len(healthy) >= 0.9 * (report.compared - len(poison)),
               f"only {len(healthy)} of {report.compared} volumes differ")

    def put_right(self) -> None:
        self._syncer.start("--bulk-rate=0")
        self._in_sync(SECONDS, but=self._poisoned())
        self._wait("the end of the cycle", lambda: self._total("full_syncs_total") >= 1, SECONDS)

    def partial(self) -> None:
        results = {result: self._total("full_syncs_total", result=result)
                   for result in ("success", "partial", "failure")}
        expect(results["partial"] >= 1 and results["failure"] == 0, f"cycles ended as {results}")
        expect("partial" in self._syncer.log.read_text(), "the log does not say partial")

    def reasons(self) -> None:
        log = self._syncer.log.read_text()
        told = {(event.get("involvedObject") or {}).get("name")
                for event in self._backend.kube.list("/api/v1/events") if event["type"] == "Warning"}
        silent = {}
        for case in self._backend.summary["poison"]:
            names = self._names_of(case["object"])
            if not told & names and not any(name in log for name in names if name):
                silent.setdefault(case["what"], []).append(case["object"][:60])
        for what, objects in silent.items():
            self._say(f"no reason for: {what} ({len(objects)})")
        expect(not silent, f"no reason is given for {sum(map(len, silent.values()))} objects: "
               + "; ".join(f"{what}: {objects[0]}" for what, objects in silent.items()))

    def swap_back(self) -> None:
        objects = checker.read_objects(self._backend.kube)
        forgiven = upstream_rule.on_purpose(objects) | self._poisoned()
        found = upstream_rule.updates(objects, self._backend.volumes(), self._backend.cluster, forgiven)
        expect(not found, f"it would update {len(found)} volumes: {list(found.items())[:5]}")

    def once(self) -> None:
        self._goodbye()
        code, output = self._syncer.run("--once", "--bulk-rate=0")
        expect(code == 1, f"--once ended with {code}")
        expect("partial" in output, f"--once does not say partial: {output[-500:]}")
        self._no_complaints()

    def _poisoned(self) -> set[str]:
        """Handles and paths of everything in the namespace of the poison, and of what has none."""
        found = set()
        for pv in self._backend.kube.list("/api/v1/persistentvolumes"):
            ref = pv["spec"].get("claimRef") or {}
            if ref.get("namespace") == "poison" or pv["metadata"]["name"] in self._cases():
                found.add((pv["spec"].get("csi") or {}).get("volumeHandle", ""))
                found.add((pv["spec"].get("vsphereVolume") or {}).get("volumePath", ""))
        return found - {None}

    def _cases(self) -> set[str]:
        return {case["object"] for case in self._backend.summary["poison"]}

    def _names_of(self, name: str) -> set[str]:
        """What may stand for the object in a log line: itself, its handle, its path."""
        for pv in self._backend.kube.list("/api/v1/persistentvolumes"):
            if pv["metadata"]["name"] == name:
                csi, old = pv["spec"].get("csi") or {}, pv["spec"].get("vsphereVolume") or {}
                return {name, csi.get("volumeHandle", "")[:80], old.get("volumePath", "")} - {""}
        return {name}


class Quiet(Telling):
    """CNS is as it must be: a full sync reads each page once and writes nothing."""

    def chapters(self) -> list:
        return [
            ("the first cycle registers and links what is new", self.first_cycle),
            ("a second start reads each page once and writes nothing", self.second_start),
            ("a later cycle of the same process does so, too", self.later_cycle),
            ("the replaced container would have nothing to do", self.swap_back),
        ]

    def first_cycle(self) -> None:
        self._syncer.start("--bulk-rate=0")
        self._in_sync(SECONDS)
        self._wait("nothing is left to do", self._syncer.idle, SECONDS)

    def second_start(self) -> None:
        self._goodbye()
        before = self._calls()
        self._syncer.start("--bulk-rate=0", FULL_SYNC_INTERVAL_MINUTES="1")
        self._wait("the first cycle", self._syncer.idle, SECONDS)
        self._expect_one_read(before)

    def later_cycle(self) -> None:
        before, done = self._calls(), self._total("full_syncs_total")
        self._wait("one more cycle", lambda: self._total("full_syncs_total") > done
                   and self._syncer.idle(int(done) + 1), SECONDS)
        self._expect_one_read(before)
        self._no_complaints()

    def swap_back(self) -> None:
        objects = checker.read_objects(self._backend.kube)
        found = upstream_rule.updates(objects, self._backend.volumes(), self._backend.cluster,
                                      upstream_rule.on_purpose(objects))
        expect(not found, f"it would update {len(found)} volumes: {list(found.items())[:5]}")
        self._goodbye()

    def _calls(self) -> dict[str, int]:
        return self._backend.calls()

    def _expect_one_read(self, before: dict[str, int]) -> None:
        after = self._calls()
        calls = {method: after.get(method, 0) - before.get(method, 0) for method in after}
        writes = {method: calls[method] for method in WRITES if calls.get(method)}
        expect(not writes, f"a quiet cycle sent {writes}")
        volumes = self._backend.stats()["volumes"]
        wanted = {"CnsQueryAllVolume": 1, "CnsQueryAsync": math.ceil(volumes / PAGE)}
        reads = {method: calls[method] for method in sorted(READS) if calls.get(method)}
        expect(reads == wanted, f"{volumes} volumes were read with {json.dumps(reads)}, "
               f"not {json.dumps(wanted)}")
        self._say(f"{volumes} volumes: {json.dumps(reads)}, no write")
