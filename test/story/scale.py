"""Thousands of volumes of every kind: all drifted, some of them poisonous; and then quiet."""

import json
import math
import re
import uuid

import checker
import kube as paths
import upstream_rule
from cluster import MIGRATED, Cluster, csi, in_tree
from telling import CREATE, DELETE, UPDATE, Broken, Telling, expect

# PVs, foreign ones and several on one share included: 5,000 CNS volumes and more.
VOLUMES, POISON, HOPELESS = 5600, 50, 50
EVENT_SECONDS = 120
PAGE = 500
SECONDS = 600
MOST_LINES = 10  # of a quiet cycle
WRITES = (CREATE, UPDATE, DELETE)
READS = {"CnsQueryAllVolume", "CnsQueryAsync", "CnsQueryVolume"}


class Drifted(Telling):
    """Everything in CNS is wrong, some objects would choke a careless reader, and some cannot work."""

    def __init__(self, backend, syncer, say):
        super().__init__(backend, syncer, say)
        self._hopeless: dict[str, str] = {}  # name of a PV that can never be in CNS -> handle or path

    def chapters(self) -> list:
        return [
            ("before the start every volume differs", self.prologue),
            ("all but the hopeless ones are put right", self.put_right),
            ("the cycle ended as partial", self.partial),
            (f"{HOPELESS} reasons name what cannot work", self.reasons),
            ("every poisonous object is right, or left alone, or named", self.poison),
            ("the replaced container would have nothing to do", self.swap_back),
            ("a run with --once says the same", self.once),
        ]

    def prologue(self) -> None:
        cluster = Cluster(self._backend.kube)
        for number in range(HOPELESS // 2):
            handle, path = str(uuid.uuid4()), f"/nowhere/{number}"
            cluster.volume(f"no-disk-{number}", csi(handle))
            cluster.volume(f"no-path-{number}", in_tree(path), annotations=MIGRATED)
            self._hopeless |= {f"no-disk-{number}": handle, f"no-path-{number}": path}
        report, poison = self._look(), self._poison_keys()
        differing = report.differences.keys() - poison
        self._say(f"{len(report.differences)} of {report.compared} volumes differ")
        expect(len(self._backend.summary["poison"]) == POISON, "the simulator made other poison")
        expect(len(differing) >= 0.9 * (report.compared - len(poison)),
               f"only {len(differing)} of {report.compared} volumes differ")

    def put_right(self) -> None:
        self._syncer.start("--bulk-rate=0")
        self._in_sync(SECONDS, but={*self._poison_keys(), *self._hopeless.values()})
        self._wait("the end of the cycle", lambda: self._total("full_syncs_total") >= 1, SECONDS)

    def partial(self) -> None:
        results = {result: self._total("full_syncs_total", result=result)
                   for result in ("success", "partial", "failure")}
        expect(results["partial"] >= 1 and results["failure"] == 0, f"cycles ended as {results}")
        expect("result=partial" in self._syncer.log.read_text(), "the log does not say partial")

    def reasons(self) -> None:
        def named():
            return self._hopeless.keys() & self._warned()

        try:
            self._wait("an Event about each", lambda: len(named()) == HOPELESS, EVENT_SECONDS)
        except TimeoutError:
            raise Broken(f"{len(named())} of {HOPELESS} are named by an Event, not "
                         + ", ".join(sorted(self._hopeless.keys() - named())[:5])) from None

    def poison(self) -> None:
        """Some poison is harmless by the rules; what is neither right nor left alone must be named."""
        report, warned = self._look(), self._warned() | self._undecodable()
        pv_of = {pv["metadata"]["name"]: pv for pv in self._backend.kube.list(paths.VOLUMES)}
        fates: dict[str, int] = {}
        silent = []
        for case in self._backend.summary["poison"]:
            keys = keys_of(pv_of[case["object"]]) if case["object"] in pv_of else set()
            bad = keys & report.differences.keys() or keys == {""}
            fate = ("left alone" if keys & report.hands_off.keys() else "right" if not bad else
                    "named" if case["object"] in warned or self._neighbour_named(keys, pv_of, warned)
                    else "silent")
            fates[fate] = fates.get(fate, 0) + 1
            if fate == "silent":
                lines = [line for key in keys for line in report.differences.get(key, [])]
                silent.append(f"{case['what']} ({case['object'][:60]}: {'; '.join(lines)[:200]})")
        self._say(f"of {POISON} poisonous objects: {fates}")
        expect(not silent, f"{len(silent)} are neither right nor named: " + " | ".join(silent))

    def swap_back(self) -> None:
        objects = checker.read_objects(self._backend.kube)
        forgiven = (upstream_rule.on_purpose(objects) | self._poison_keys()
                    | set(self._hopeless.values()))
        found = upstream_rule.updates(objects, self._backend.volumes(), self._backend.cluster, forgiven)
        expect(not found, f"it would update {len(found)} volumes: {list(found.items())[:5]}")

    def once(self) -> None:
        self._goodbye()
        code, output = self._syncer.run("--once", "--bulk-rate=0")
        expect(code == 1, f"--once ended with {code}")
        expect("result=partial" in output, f"--once does not say partial: {output[-500:]}")
        self._no_complaints()

    def _warned(self) -> set[str]:
        return {event["involvedObject"]["name"] for event in self._backend.kube.list(paths.EVENTS)
                if event["type"] == "Warning"}

    def _undecodable(self) -> set[str]:
        return set(re.findall(r"name=(\S+) .*undecodable=", self._syncer.log.read_text()))

    def _neighbour_named(self, keys: set[str], pv_of: dict[str, dict], warned: set[str]) -> bool:
        """Several PVs may name one volume; the reason is told about one of them."""
        return any(keys_of(pv_of[name]) & keys - {""} for name in warned & pv_of.keys())

    def _poison_keys(self) -> set[str]:
        """Handles and paths of everything in the namespace of the poison, and of what has none."""
        cases = {case["object"] for case in self._backend.summary["poison"]}
        return {key for pv in self._backend.kube.list(paths.VOLUMES)
                if (pv["spec"].get("claimRef") or {}).get("namespace") == "poison"
                or pv["metadata"]["name"] in cases for key in keys_of(pv)}


def keys_of(pv: dict) -> set[str]:
    """By what the checker calls its volume: a handle, or the path of an in-tree disk. "" is neither."""
    csi_source, old = pv["spec"].get("csi"), pv["spec"].get("vsphereVolume")
    if csi_source is not None:
        return {csi_source.get("volumeHandle", "")}
    return {old.get("volumePath", "")} if old is not None else set()


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
        told = len(self._syncer.log.read_text().splitlines())
        self._wait("one more cycle", lambda: self._total("full_syncs_total") > done
                   and self._syncer.idle(int(done) + 1), SECONDS)
        self._expect_one_read(before)
        lines = self._syncer.log.read_text().splitlines()[told:]
        expect(0 < len(lines) < MOST_LINES, f"{len(lines)} lines:\n" + "\n".join(lines))
        self._say(f"{len(lines)} lines in the log")
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
        expect(not writes, f"a quiet cycle sent {writes}, last for "
               f"{self._backend.updated()[-sum(writes.values()):][-3:]}")
        volumes = self._backend.stats()["volumes"]
        wanted = {"CnsQueryAllVolume": 1, "CnsQueryAsync": math.ceil(volumes / PAGE)}
        reads = {method: calls[method] for method in sorted(READS) if calls.get(method)}
        expect(reads == wanted, f"{volumes} volumes were read with {json.dumps(reads)}, "
               f"not {json.dumps(wanted)}")
        self._say(f"{volumes} volumes: {json.dumps(reads)}, no write")
