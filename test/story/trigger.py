"""What feature states switch on: full syncs by TriggerCsiFullSync, and which disk serves a claim."""

import json
import re

import kube as paths
from features import BACKING_DISKS, DISK_NOTE, TRIGGER, Features, FullSyncTrigger
from kube import KubeError
from lease import NAMESPACE
from telling import FIRST_SYNC_SECONDS, Telling, expect
from world import World

VOLUMES = 6
DEFINITION = f"{paths.DEFINITIONS}/triggercsifullsyncs.cns.vmware.com"
RUN_SECONDS = 60
PERIOD_SECONDS = 100  # the shortest interval is a minute
SUCCEEDED, FAILED = "TriggerCsiFullSyncSucceeded", "TriggerCsiFullSyncFailed"


class Trigger(Telling):
    def __init__(self, backend, syncer, say):
        super().__init__(backend, syncer, say)
        self._world = World(backend.kube, VOLUMES)
        self._features = Features(backend.kube)
        self._trigger = FullSyncTrigger(backend.kube)

    def chapters(self) -> list:
        return [
            ("without the feature nothing is installed and resync-all works", self.off),
            ("switched on, the object comes and the first full sync is done", self.on),
            ("the next id is a full sync, told in status, annotation and Event", self.valid),
            ("a wrong id is refused with an Event", self.wrong),
            ("the periodic full sync raises the id, whatever stands there", self.periodic),
            ("resync-all waits and counts with the feature on, too", self.resync),
            ("a run that a killed process began is done again", self.killed),
            ("a deleted object is made anew", self.deleted),
            ("a bad value is one warning and means off", self.bad_value),
            ("without the ConfigMap all goes on", self.no_map),
            ("claims say which disk serves them", self.disks),
            ("no server has a complaint", self.complaints),
        ]

    def off(self) -> None:
        self._make_namespace()
        self._without_definition()
        self._backend.create_volumes([one.handle for one in self._world.served])
        self._world.populate(self._progress("volumes with claims and pods"))
        self._syncer.start(FULL_SYNC_INTERVAL_MINUTES="1")
        self._in_sync(FIRST_SYNC_SECONDS)
        self._resync()
        expect(self._get(DEFINITION) is None, "the definition was installed")

    def on(self) -> None:
        self._features.set({TRIGGER: "true"})
        self._wait("the first run", lambda: self._trigger.idle_at(1), RUN_SECONDS)
        expect("lastSuccessfulEndTimeStamp" in self._trigger.status(), f"it says {self._trigger.status()}")

    def valid(self) -> None:
        before = self._full_syncs()
        number = self._trigger.ask()
        self._wait("the run", lambda: self._trigger.idle_at(number), RUN_SECONDS)
        expect(self._full_syncs() > before, "no full sync was done")
        status = self._trigger.status()
        own = status.keys() - {"inProgress", "lastTriggerSyncID", "lastSuccessfulStartTimeStamp",
                               "lastSuccessfulEndTimeStamp", "lastRunStartTimeStamp",
                               "lastRunEndTimeStamp", "error"}
        expect(not own and not status.get("error"), f"it says {status}")
        run = self._trigger.last_run()
        expect(run["triggerSyncID"] == number and run["state"] == "success", f"it says {run}")
        expect([one["read"] for one in run["vcenters"]] == [VOLUMES], f"it says {run}")
        _, shown = self._syncer.ask("status", "--output=json")
        expect(json.loads(shown)["last_run"] == run, "the admin port says something else")
        self._wait("the Event", lambda: self._events(SUCCEEDED, f"triggerSyncID: {number}"))

    def wrong(self) -> None:
        last = self._trigger.status()["lastTriggerSyncID"]
        self._trigger.write(last + 7)
        self._wait("the Event", lambda: self._events(FAILED, f"TriggerSyncID: {last + 7} is invalid"))
        expect(self._trigger.status()["lastTriggerSyncID"] == last, "it was accepted")

    def periodic(self) -> None:
        last = self._trigger.status()["lastTriggerSyncID"]
        self._wait("the next one", lambda: self._trigger.idle_at(last + 1), PERIOD_SECONDS)
        expect(self._trigger.number() == last + 1, f"the id is {self._trigger.number()}")

    def resync(self) -> None:
        code, output = self._syncer.ask_at_terminal("resync-all", "--yes", "--wait")
        expect(code == 0 and re.search(r"\r\S+: \d+ differed, \d+ synced, 0 failed", output),
               f"no progress, {code}: {output!r}")
        expect(f": success, {VOLUMES} volumes read, 0 differed" in output, f"{code}: {output!r}")
        number = self._trigger.ask()
        self._wait("the run", lambda: self._trigger.idle_at(number), RUN_SECONDS)

    def killed(self) -> None:
        last = self._trigger.status()["lastTriggerSyncID"]
        self._syncer.kill()
        self._backend.kube.merge(self._trigger.path, {"status": {"inProgress": True}})
        ended = self._trigger.status()["lastRunEndTimeStamp"]
        self._syncer.start(FULL_SYNC_INTERVAL_MINUTES="1")
        self._wait("it is over", lambda: self._trigger.idle_at(last), FIRST_SYNC_SECONDS)
        expect(self._trigger.status()["lastRunEndTimeStamp"] > ended, f"it says {self._trigger.status()}")

    def deleted(self) -> None:
        self._backend.kube.delete(self._trigger.path)
        self._wait("a new one", self._trigger.exists, RUN_SECONDS)
        number = self._trigger.ask()
        self._wait("the run", lambda: self._trigger.idle_at(number), RUN_SECONDS)

    def bad_value(self) -> None:
        self._features.change(TRIGGER, "perhaps")
        told = f'{TRIGGER} is \\"perhaps\\"'
        self._wait("the warning", lambda: told in self._log())
        number = self._trigger.ask()
        self._resync()
        expect(self._log().count(told) == 1, "it warned again")
        expect(self._trigger.status()["lastTriggerSyncID"] == number - 1, "the request was answered")
        self._features.change(TRIGGER, "true")
        self._wait("the run", lambda: self._trigger.idle_at(number), RUN_SECONDS)

    def no_map(self) -> None:
        self._features.delete()
        self._wait("it is noticed", lambda: "is gone, all are off" in self._log())
        number = self._trigger.ask()
        self._resync()
        expect(self._trigger.status()["lastTriggerSyncID"] == number - 1, "the request was answered")
        self._in_sync()

    def disks(self) -> None:
        first = self._claim(self._world.served[0])
        self._backend.kube.merge(first, {"metadata": {"annotations": {DISK_NOTE: "of another time"}}})
        disks = {handle: volume.disk for handle, volume in self._backend.volumes().items()}
        self._features.set({BACKING_DISKS: "true"})

        def wanted(one) -> str | None:
            uid = self._get(f"{paths.VOLUMES}/{one.pv}")["metadata"]["uid"]
            if disks[one.handle]:
                return f"{uid}:{disks[one.handle]}"
            # This vCenter does not tell: what is there becomes empty, and nothing is made.
            return "" if one is self._world.served[0] else None

        for one in self._world.served:
            self._wait(f"the annotation of {one.claim}", lambda of=one: self._note(of) == wanted(of))
        self._say(f"{sum(map(bool, disks.values()))} of {len(disks)} disks have an object id")
        expect(all(disks.values()) == (self._backend.name == "syncer-sim"), f"disks {disks}")

    def complaints(self) -> None:
        self._goodbye()
        self._no_complaints()

    def _resync(self) -> None:
        code, output = self._syncer.ask("resync-all", "--yes", "--wait", "--timeout=2m")
        expect(code == 0 and f"success, {VOLUMES} volumes read" in output, f"{code}: {output}")

    @staticmethod
    def _claim(one) -> str:
        return f"{paths.claims(one.namespace)}/{one.claim}"

    def _note(self, one) -> str | None:
        return (self._get(self._claim(one))["metadata"].get("annotations") or {}).get(DISK_NOTE)

    def _full_syncs(self) -> float:
        return self._total("full_syncs_total", result="success")

    def _log(self) -> str:
        return self._syncer.log.read_text(errors="replace")

    def _events(self, reason: str, text: str) -> list[dict]:
        return [event for event in self._backend.kube.list(paths.EVENTS)
                if event["reason"] == reason and text in event["message"]
                and event["involvedObject"]["name"] == "csifullsync"]

    def _get(self, path: str) -> dict | None:
        try:
            return self._backend.kube.get(path)
        except KubeError as error:
            if error.code != 404:
                raise
            return None

    def _without_definition(self) -> None:
        if self._get(DEFINITION) is not None:
            self._backend.kube.delete(DEFINITION)

    def _make_namespace(self) -> None:
        if self._get(f"/api/v1/namespaces/{NAMESPACE}") is None:
            self._backend.kube.create("/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
