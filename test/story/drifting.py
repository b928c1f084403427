"""The drift report: one of each class is planted among what only looks like it, told, and mended."""

import csv
import io
import json
import urllib.request

from cluster import MIGRATED, Cluster, csi, in_tree
from telling import FIRST_SYNC_SECONDS, Telling, expect
from terminal import ESCAPE, lines_of, width_of

VOLUMES = 20
FLAGS = ("--drift-min-age=1ms",)
CLASSES = ("cns_without_pv", "pv_without_cns", "released_without_consumer", "shared_handle",
           "moved_backing")
FULL_SYNCS = 3  # the most that a class needs
LOST = "10000000-0000-4000-8000-000000000001"
GONE = "20000000-0000-4000-8000-000000000002"
GIVEN_BACK = "30000000-0000-4000-8000-000000000003"
SHARED = "40000000-0000-4000-8000-000000000004"
SHARE = "file:50000000-0000-4000-8000-000000000005"
MOVED, SNAPSHOT = "kubevols/moved.vmdk", "kubevols/snapshot.vmdk"
STORE = "[sim-datastore]"
FORMULA = '=HYPERLINK("http://example.com")'


def commands_in(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("# ")]


class Drifting(Telling):
    def __init__(self, backend, syncer, say):
        super().__init__(backend, syncer, say)
        self._cluster = Cluster(backend.kube)

    def chapters(self) -> list:
        return [("without drift the report is empty", self.nothing),
                ("each class is told once, and what looks like it is not", self.planted),
                ("JSON says all about a row", self.rows_as_json),
                ("CSV is read back as it was, and nothing in it is a formula", self.rows_as_csv),
                ("people get a table, and commands that only look", self.table),
                ("one class alone, and the exit code", self.one_class),
                ("what is mended is not told any more", self.mended),
                ("no server has a complaint", self.complaints)]

    def nothing(self) -> None:
        self._syncer.start("--bulk-rate=0", *FLAGS)
        self._in_sync(FIRST_SYNC_SECONDS)
        self._told()
        report = self._json()
        expect(report["schema"] == 1 and self._counts() == dict.fromkeys(CLASSES, 0), f"{report}")
        code, output = self._syncer.ask("drift", "--exit-code")
        expect(code == 0 and ": no drift, as of the full sync" in output, f"{code}: {output}")

    def planted(self) -> None:
        vcenter, cluster = self._backend.vcenter, self._cluster
        vcenter("put_volume", {"id": LOST, "name": FORMULA, "cluster": self._backend.cluster})
        cluster.volume("pv-gone", csi(GONE), phase="Available")
        self._backend.create_volumes([GIVEN_BACK, SHARED])
        claim = cluster.claim("default", "given-back")
        cluster.volume("pv-given-back", csi(GIVEN_BACK, dynamic=True), claim)
        cluster.delete_claim("default", "given-back")
        cluster.phase("pv-given-back", "Released")
        for name in ("pv-shared-a", "pv-shared-b"):
            cluster.volume(name, csi(SHARED))
        # A share may have many PVs.
        vcenter("put_volume", {"id": SHARE, "name": "share", "type": "FILE",
                               "cluster": self._backend.cluster})
        for name in ("pv-share-a", "pv-share-b"):
            cluster.volume(name, csi(SHARE), modes=("ReadWriteMany",))
        # The one is somewhere else now, the other has a snapshot.
        self._moved = self._linked("pv-moved", MOVED)
        self._put_disk(self._moved, "vm-1/moved.vmdk")
        self._put_disk(self._linked("pv-snapshot", SNAPSHOT), "kubevols/snapshot-000001.vmdk")
        # Of a claim that waits for its volume, and given back to the controller.
        waiting = cluster.claim("default", "waiting")["metadata"]["uid"]
        vcenter("put_volume", {"id": "60000000-0000-4000-8000-000000000006",
                               "name": "pvc-" + waiting, "cluster": self._backend.cluster})
        cluster.volume("pv-controllers", csi("70000000-0000-4000-8000-000000000007", dynamic=True),
                       phase="Released", policy="Delete")
        self._told()
        rows = {(row["class"], row["volume"]) for row in self._rows()}
        wanted = set(zip(CLASSES, (LOST, GONE, GIVEN_BACK, SHARED, self._moved), strict=True))
        expect(rows == wanted, f"the report has {rows}")
        expect(self._counts() == dict.fromkeys(CLASSES, 1), f"the metric says {self._counts()}")
        [vcenter] = json.loads(self._syncer.ask("status", "-o", "json")[1])["vcenters"]
        expect(vcenter["drift"] == dict.fromkeys(CLASSES, 1), f"/statusz says {vcenter['drift']}")

    def rows_as_json(self) -> None:
        rows = {row["class"]: row for row in self._rows()}
        expect(rows["cns_without_pv"]["name"] == FORMULA, f"{rows['cns_without_pv']}")
        expect("registering it fails: " in rows["pv_without_cns"]["detail"], f"{rows}")
        expect(rows["released_without_consumer"]["claim"] == "default/given-back", f"{rows}")
        expect(rows["shared_handle"]["pvs"] == ["pv-shared-a", "pv-shared-b"], f"{rows}")
        expect("CNS shows pv-shared-a" in rows["shared_handle"]["detail"], f"{rows}")
        expect("vm-1/moved.vmdk" in rows["moved_backing"]["detail"], f"{rows}")
        expect(rows["moved_backing"]["in_tree_path"] == f"{STORE} {MOVED}", f"{rows}")
        for row in rows.values():
            expect(row["command"].startswith("govc ") and row["volume"] in row["command"], f"{row}")
            expect(".rm" not in row["command"] and row["comment"].startswith("# "), f"{row}")
            expect(row["for_seconds"] > 0 and row["since"].endswith("Z"), f"{row}")

    def rows_as_csv(self) -> None:
        code, output = self._syncer.ask("drift", "-o", "csv")
        expect(code == 0, f"drift ended with {code}: {output}")
        rows = list(csv.DictReader(io.StringIO(output, newline="")))
        expect([row["class"] for row in rows] == list(CLASSES), f"{output}")
        expect(rows[0]["name"] == "'" + FORMULA, f"{rows[0]}")
        for row, same in zip(rows, self._rows(), strict=True):
            expect(row["volume"] == same["volume"] and row["command"] == same["command"], f"{row}")
            expect(row["pvs"].split() == same["pvs"] and row["detail"] == same["detail"], f"{row}")
        with urllib.request.urlopen(self._syncer.admin_url + "/drift?format=csv", timeout=10) as got:
            expect(got.headers["Content-Type"].startswith("text/csv"), f"{got.headers}")

    def table(self) -> None:
        code, output = self._syncer.ask("drift")
        expect(code == 0 and ": 5 found, as of the full sync" in output, f"{code}: {output}")
        table, _, below = output.partition("\n\n")
        for word in (*CLASSES, LOST, "pv-given-back", "default/given-back"):
            expect(word in table, f"{word} is not in the table: {output}")
        expect(commands_in(below) == [row["command"] for row in self._rows()], f"{output}")
        expect("…" not in output and not ESCAPE.search(output), f"in a file: {output!r}")
        for columns in (80, 160):
            code, shown = self._syncer.ask_at_terminal("drift", columns=columns)
            lines, commands = lines_of(shown), commands_in(below)
            expect(code == 0 and [line for line in lines if line.startswith("govc ")] == commands,
                   f"{code}: {shown}")
            # A command is to be copied as it is.
            wide = [line for line in lines if width_of(line) > columns and line not in commands]
            expect(not wide, f"wider than {columns}: {wide}")

    def one_class(self) -> None:
        code, output = self._syncer.ask("drift", "--class=shared_handle", "-o", "json")
        [vcenter] = json.loads(output)["vcenters"]
        expect(code == 0 and [row["volume"] for row in vcenter["rows"]] == [SHARED], f"{output}")
        expect(self._syncer.ask("drift", "--exit-code")[0] == 1, "it should tell of drift")
        expect(self._syncer.ask("drift", "--class=other")[0] == 2, "there is no such class")

    def mended(self) -> None:
        cluster = self._cluster
        self._backend.vcenter("erase_volume", {"volume": LOST})
        self._backend.add_disks([GONE])
        cluster.make_available("pv-given-back")
        cluster.bind("pv-given-back", cluster.claim("default", "again"))
        cluster.delete_volume("pv-shared-b")
        self._put_disk(self._moved, MOVED)
        self._told()
        expect(not self._rows(), f"still told: {self._rows()}")
        expect(self._counts() == dict.fromkeys(CLASSES, 0), f"the metric says {self._counts()}")
        code, output = self._syncer.ask("drift", "--exit-code")
        expect(code == 0 and ": no drift" in output, f"{code}: {output}")

    def complaints(self) -> None:
        self._goodbye()
        self._no_complaints()

    def _told(self) -> None:
        """So many full syncs that everything that is so has been told."""
        for _ in range(FULL_SYNCS):
            code, output = self._syncer.ask("drift", "--now", "--timeout=2m")
            expect(code == 0, f"drift --now ended with {code}: {output}")

    def _json(self) -> dict:
        code, output = self._syncer.ask("drift", "--output=json")
        expect(code == 0, f"drift ended with {code}: {output}")
        return json.loads(output)

    def _rows(self) -> list[dict]:
        [vcenter] = self._json()["vcenters"]
        expect(vcenter["left_out"] == 0, f"{vcenter}")
        return vcenter["rows"]

    def _counts(self) -> dict[str, float]:
        series = {dict(labels)["class"]: value for (name, labels), value
                  in self._syncer.metrics().items() if name == "vsphere_syncer_drift_volumes"}
        [vcenter] = self._json()["vcenters"]
        expect(series == vcenter["counts"], f"{series} in the metric, {vcenter['counts']} in JSON")
        return series

    def _linked(self, name: str, file: str) -> str:
        """A PV of the in-tree plugin with a disk of its own; the volume that CNS has it as."""
        path = f"{STORE} {file}"
        self._backend.vcenter("put_vmdk", {"datastore": "", "path": file})
        self._cluster.volume(name, in_tree(path), annotations=MIGRATED)
        self._wait("it is registered", lambda: path in self._cluster.links())
        handle = self._cluster.links()[path]["name"]
        self._wait("it is in CNS", lambda: self._live(handle))
        return handle

    def _put_disk(self, handle: str, file: str) -> None:
        """The same volume, whose disk is somewhere else now."""
        entities = self._live(handle)
        self._backend.vcenter("put_volume", {"id": handle, "name": "moved",
                                             "cluster": self._backend.cluster,
                                             "disk_path": f"{STORE} {file}"})
        self._backend.set_entities(handle, entities)
