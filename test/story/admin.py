"""The commands of an administrator who asks the running service, and what it does only when asked."""

import json
import re
import urllib.error
import urllib.request

import kube as paths
from cluster import Cluster, csi
from desired import handle_of
from features import VISIBILITY, Features
from lease import NAMESPACE
from telling import DELETE, FIRST_SYNC_SECONDS, UPDATE, Telling, expect

VOLUMES = 40
FLAGS = ("--leader-election", f"--leader-election-namespace={NAMESPACE}",
         "--leader-election-identity=vsphere-syncer-0", "--unregister-grace=1s")
MANY = 8  # more than may leave CNS at once


class Admin(Telling):
    def chapters(self) -> list:
        return [("preflight says before the start that it can work", self.preflight),
                ("status says that all is well", self.status),
                ("resync-all repairs what somebody changed in CNS", self.resync),
                ("diff tells what differs and changes nothing", self.diff),
                ("resync brings one volume into sync", self.resync_one),
                ("explain tells all about one volume", self.explain),
                ("what cannot be done is refused with a reason", self.refusals),
                ("a static volume leaves CNS when its PV was deleted", self.unregistered),
                ("with improved-volume-visibility it stays", self.visible),
                ("many at once wait for a human", self.many),
                ("no server has a complaint", self.complaints)]

    def preflight(self) -> None:
        logins, updates = self._sent("Login"), self._sent(UPDATE)
        code, output = self._syncer.run("preflight", flags=False)
        expect(code == 0 and " 0 failed" in output, f"preflight ended with {code}: {output}")
        for word in ("configuration", "API server", "cluster id", "rights", "vCenter", "CNS answers"):
            expect(f"PASS  {word}" in output or word in output, f"{word} is not in {output}")
        expect(self._sent("Login") == logins + 1, f"{self._sent('Login') - logins} logins")
        expect(self._sent(UPDATE) == updates, "it wrote")
        code, output = self._syncer.run("preflight", "--output=json", flags=False)
        expect(code == 0 and json.loads(output)["failed"] == 0, f"{code}: {output}")
        logins = self._sent("Login")
        wrong = self._backend.vsphere_config.with_name("wrong.conf")
        wrong.write_text(re.sub("(?m)^password.*$", 'password = "wrong"',
                                self._backend.vsphere_config.read_text()))
        code, output = self._syncer.run("preflight", flags=False, VSPHERE_CSI_CONFIG=str(wrong))
        expect(code == 1 and "FAIL  vCenter" in output, f"with a wrong password: {code}: {output}")
        expect(self._sent("Login") == logins + 1, f"{self._sent('Login') - logins} logins")

    def status(self) -> None:
        self._syncer.start("--bulk-rate=0", *FLAGS)
        self._in_sync(FIRST_SYNC_SECONDS)
        self._wait("the first look at everything", self._syncer.idle, FIRST_SYNC_SECONDS)
        code, output = self._syncer.ask("status")
        self._say(output.splitlines()[0])
        expect(code == 0 and output.startswith("All "), f"status ended with {code}: {output}")
        shown = self._json("status")
        expect(shown["schema"] == 1 and shown["leads"], f"{shown}")
        expect(shown["leader"] == "vsphere-syncer-0", f"{shown['leader']} leads")

    def resync(self) -> None:
        handle = next(h for h, v in self._backend.volumes().items() if len(self._live(h)) == 3)
        self._backend.set_entities(handle, self._live(handle)[:1])
        expect(self._look().differences, "the change makes no difference")
        code, output = self._syncer.ask("resync-all", "--yes", "--wait", "--timeout=2m")
        expect(code == 0 and "success" in output, f"resync-all ended with {code}: {output}")
        expect(not self._look().differences, f"still different:\n{self._look().text()}")
        updates = self._sent(UPDATE)
        result = self._json("resync-all", "--yes", "--wait")["resync"]
        expect([one["last_result"] for one in result] == ["success"], f"{result}")
        expect(result[0]["differed"] == 0 and self._sent(UPDATE) == updates, f"it wrote: {result}")

    def diff(self) -> None:
        code, output = self._syncer.ask("diff")
        expect(code == 0 and f"{VOLUMES} volumes compared: 0 differ" in output, f"{code}: {output}")
        self._drifted = [h for h in self._backend.volumes() if len(self._live(h)) == 3][:2]
        for handle in self._drifted:
            self._backend.set_entities(handle, self._live(handle)[:1])
        updates = self._sent(UPDATE)
        code, output = self._syncer.ask("diff")
        expect(code == 1 and "2 differ" in output, f"with two changes: {code}: {output}")
        for handle in self._drifted:
            expect(handle in output, f"{handle} is not named: {output}")
        code, output = self._syncer.ask("diff", "-o", "json")
        shown = json.loads(output)
        expect({row["volume"] for row in shown["differences"]} == set(self._drifted), f"{shown}")
        changes = shown["differences"][0]["changes"]
        expect({change["change"] for change in changes} == {"+"}, f"{changes}")
        expect(self._sent(UPDATE) == updates, "it wrote")
        expect(len(self._look().differences) == 2, "it changed CNS")

    def resync_one(self) -> None:
        for handle in self._drifted:
            code, output = self._syncer.ask("resync", self._claim_of(handle), "--wait")
            expect(code == 0 and "it differed, and was written" in output, f"{code}: {output}")
        expect(not self._look().differences, f"still different:\n{self._look().text()}")
        updates = self._sent(UPDATE)
        for name in (self._drifted[0], self._pv_of(self._drifted[0])["metadata"]["name"]):
            code, output = self._syncer.ask("resync", name, "--wait")
            expect(code == 0 and "nothing had to be written" in output, f"{code}: {output}")
        expect(self._sent(UPDATE) == updates, "it wrote what was right")

    def explain(self) -> None:
        handle = self._drifted[0]
        pv = self._pv_of(handle)["metadata"]["name"]
        for name in (handle, pv, self._claim_of(handle)):
            code, output = self._syncer.ask("explain", name)
            expect(code == 0 and output.startswith("In sync: "), f"{name}: {code}: {output}")
            for word in (handle, pv, self._claim_of(handle), "POD"):
                expect(word in output, f"{word} is not in {output}")
        [volume] = self._json("explain", handle)["volumes"]
        expect(volume["cns"]["state"] == "known" and len(volume["cns"]["entities"]) == 3, f"{volume}")
        expect(volume["desired"]["hands_off"] is None, f"{volume}")

    def refusals(self) -> None:
        for command in ("explain", "resync"):
            code, output = self._syncer.ask(command, "shop/nothing-like-it")
            expect(code == 1 and "shop/nothing-like-it" in output, f"{code}: {output}")
        code, output = self._syncer.ask("diff", "--vcenter=elsewhere")
        expect(code == 1 and "elsewhere" in output, f"{code}: {output}")
        code, output = self._syncer.ask("resync-all")
        expect(code == 2 and "--yes" in output, f"without an answer it ended with {code}: {output}")
        code, output = self._syncer.ask("resync-all", "--yes", "--vcenter=elsewhere")
        expect(code == 1 and "elsewhere" in output, f"{code}: {output}")
        code, output = self._syncer.ask("confirm", "missing")
        expect(code == 0 and "nothing is held" in output, f"{code}: {output}")
        code, output = self._syncer.ask("confirm", "everything")
        expect(code == 2, f"{code}: {output}")
        expect(self._post("/resync", {}) == 403, "a page in a browser could do that")

    def unregistered(self) -> None:
        self._static(["lone"])
        Cluster(self._backend.kube).delete_volume("pv-lone")
        self._wait("it left CNS", lambda: "lone" not in self._backend.volumes())
        expect(self._sent(DELETE) == 1, f"{self._sent(DELETE)} calls")

    def visible(self) -> None:
        features = Features(self._backend.kube)
        features.set({VISIBILITY: "true"})
        self._wait("the feature", lambda: f"{VISIBILITY}=true" in self._log())
        self._static(["kept"])
        Cluster(self._backend.kube).delete_volume("pv-kept")
        self._wait("the syncer misses it", lambda: self._resynced()["endings"]["missing"] == 1)
        endings = self._resynced()["endings"]
        expect(endings["unregister_candidates"] == 0, f"{endings}")
        expect("kept" in self._backend.volumes() and self._sent(DELETE) == 1, "it left CNS")
        features.delete()
        self._wait("the feature is off", lambda: "all are off" in self._log())

    def _resynced(self) -> dict:
        """What is told of the vCenter after one more full sync."""
        self._syncer.ask("resync-all", "--yes", "--wait")
        return self._json("status")["vcenters"][0]

    def _log(self) -> str:
        return self._syncer.log.read_text(errors="replace")

    def many(self) -> None:
        names = [f"many-{n}" for n in range(MANY)]
        self._static(names)
        for name in names:
            Cluster(self._backend.kube).delete_volume("pv-" + name)
        self._wait("the condition", lambda: self._condition("MassUnregister"))
        code, output = self._syncer.ask("status")
        expect(output.startswith("MassUnregister"), f"{code}: {output}")
        code, output = self._syncer.ask("confirm", "unregister")
        expect(code == 1 and "--yes" in output, f"{code}: {output}")
        there = [name for name in names if name in self._backend.volumes()]
        code, output = self._syncer.ask("confirm", "unregister", "--yes")
        expect(code == 0 and f"confirmed: {len(there)}" in output, f"{code}: {output}")
        self._wait("they left CNS",
                   lambda: not any(name in self._backend.volumes() for name in names))
        self._wait("the condition is over", lambda: not self._condition("MassUnregister"))
        self._say(f"{len(there)} of {MANY} were held")

    def complaints(self) -> None:
        self._goodbye()
        self._no_complaints()

    def _pv_of(self, handle: str) -> dict:
        return next(pv for pv in self._backend.kube.list(paths.VOLUMES) if handle_of(pv) == handle)

    def _claim_of(self, handle: str) -> str:
        claim = self._pv_of(handle)["spec"]["claimRef"]
        return f"{claim['namespace']}/{claim['name']}"

    def _static(self, names: list[str]) -> None:
        self._backend.add_disks(names)
        for name in names:
            Cluster(self._backend.kube).volume("pv-" + name, csi(name), phase="Available")
        self._wait("they are registered", lambda: all(self._live(name) for name in names))

    def _json(self, *command: str) -> dict:
        code, output = self._syncer.ask(*command, "--output=json")
        expect(code == 0, f"{' '.join(command)} ended with {code}: {output}")
        return json.loads(output)

    def _post(self, path: str, headers: dict) -> int:
        request = urllib.request.Request(self._syncer.admin_url + path, b"", headers, method="POST")
        try:
            return urllib.request.urlopen(request, timeout=10).status
        except urllib.error.HTTPError as refusal:
            return refusal.code
