"""Several vCenters: each volume on its own, and none waits for another."""

import re

import kube as paths
from desired import PV, handle_of, path_of
from features import BACKING_DISKS, DISK_NOTE, TRIGGER, Features, FullSyncTrigger
from telling import CREATE, FIRST_SYNC_SECONDS, UPDATE, Telling, expect

FLAGS = ("--vcenters=3", "--mixed", "--in-tree=4", "--inline=2", "--volume-infos=half", "--drifted")
VOLUMES = 150
QUICK_SECONDS = 20
ENDED = re.compile(r"^\r?(?P<host>\S+): \w+, (?P<read>\d+) volumes read, (?P<differed>\d+) differed, "
                   r"(?P<synced>\d+) synced, (?P<failed>\d+) failed", re.MULTILINE)
NOT_REGISTERED = "InTreeVolumeNotRegistered"
UNKNOWN = "UnknownVCenter"


class Vcenters(Telling):
    def __init__(self, backend, syncer, say):
        super().__init__(backend, syncer, say)
        self._edited: dict[str, list[str]] = {}  # handles by host

    def chapters(self) -> list:
        return [
            ("volumes find their vCenter by record, by place and by trying", self.routed),
            ("nodes of every vCenter are answered with the tags there", self.nodes_answered),
            ("in-tree volumes are ignored, each with an Event", self.in_tree_ignored),
            ("one vCenter is black-holed and the others go on", self.black_hole),
            ("a vCenter leaves the configuration and comes back", self.configuration),
            ("a second start sends nothing", self.second_start),
            ("resync-all waits for every vCenter, or for one", self.resync),
            ("a full sync by TriggerCsiFullSync is one of every vCenter", self.triggered),
            ("claims say which disk serves them, at every vCenter", self.disks),
            ("no vCenter has a complaint", self.complaints),
        ]

    def routed(self) -> None:
        recorded = len(self._infos())
        self._syncer.start("--bulk-rate=0")
        report = self._in_sync(FIRST_SYNC_SECONDS)
        expect(len(self._infos()) > recorded, "no volume was without a CNSVolumeInfo")
        for host in self._backend.hosts:
            stats = self._backend.stats(host)
            expect(stats["creates"] > 0, f"nothing was registered at {host}")
            expect(len(self._backend.volumes_at(host)) > 10, f"{host} has hardly a volume")
        self._say(f"{report.compared} volumes, {recorded} of them recorded before, "
                  f"{len(self._infos())} now")

    def nodes_answered(self) -> None:
        before = self._topology()
        asked = self._ask(*self._backend.hosts)
        expect(len(asked) == len(before) > 50, f"{len(asked)} of {len(before)} nodes asked")
        self._wait("an answer for every node", lambda: self._topology() == before, FIRST_SYNC_SECONDS)

    def in_tree_ignored(self) -> None:
        expect(not self._backend.admin("/sim/kube/objects?resource=cnsvspherevolumemigrations"),
               "an in-tree volume was linked")
        pvs = [pv["metadata"]["name"] for pv in self._backend.kube.list(paths.VOLUMES) if path_of(pv)]
        expect(len(pvs) == 4, f"{len(pvs)} in-tree volumes")
        for name in pvs:
            self._wait(f"the Event about {name}", lambda pv=name: self._events(pv))
            expect(len(self._events(name)) == 1, f"{len(self._events(name))} Events about {name}")
        warnings = [e for e in self._backend.kube.list(paths.EVENTS) if e["reason"] == NOT_REGISTERED]
        expect(len(warnings) == 6, f"{len(warnings)} Events for 4 volumes and 2 pods")

    def black_hole(self) -> None:
        gone, *others = reversed(self._backend.hosts)
        self._backend.vcenter("black_hole", {"on": True}, gone)
        self._edit("hole", *others, gone)
        self._wait("the edits at the other vCenters", lambda: self._arrived("hole", *others),
                   QUICK_SECONDS)
        before, asked = self._topology(), self._ask(*others)
        self._wait("answers for their nodes", lambda: asked <= self._topology().keys(), QUICK_SECONDS)
        expect(self._topology() == before, "nodes have other labels than before")
        self._edit("hole-again", *others)
        self._wait("more edits", lambda: self._arrived("hole-again", *others), QUICK_SECONDS)
        self._backend.vcenter("black_hole", {"on": False}, gone)
        self._in_sync(FIRST_SYNC_SECONDS)
        expect(self._arrived("hole", gone), "the edit at the one that was gone is lost")

    def configuration(self) -> None:
        whole = self._backend.vsphere_config.read_text()
        gone, *others = reversed(self._backend.hosts)
        section = re.search(rf'\[VirtualCenter "{re.escape(gone)}"\]\n(?:[^\[]+\n)+', whole)[0]
        self._backend.configure(section, "")
        self._wait(f"condition {UNKNOWN}", lambda: self._condition(UNKNOWN), FIRST_SYNC_SECONDS)
        updates = self._backend.calls(gone).get(UPDATE, 0)
        self._edit("left", *self._backend.hosts)
        self._wait("the edits at the other vCenters", lambda: self._arrived("left", *others),
                   QUICK_SECONDS)
        expect(self._backend.calls(gone).get(UPDATE, 0) == updates, f"{gone} was written to")
        self._backend.configure("[Labels]", section + "[Labels]")
        self._in_sync(FIRST_SYNC_SECONDS)
        expect(self._arrived("left", gone), f"the edit at {gone} is lost")
        self._wait("the end of the condition", lambda: not self._condition(UNKNOWN), FIRST_SYNC_SECONDS)

    def second_start(self) -> None:
        self._goodbye()
        updates, creates = self._sent(UPDATE), self._sent(CREATE)
        self._syncer.start()
        self._wait("the first look at everything", self._every_vcenter_idle, FIRST_SYNC_SECONDS)
        sent = self._sent(UPDATE) - updates, self._sent(CREATE) - creates
        expect(sent == (0, 0), f"{sent} updates and creates on an unchanged cluster")

    def resync(self) -> None:
        spoilt = [self._spoil(host) for host in self._backend.hosts]
        code, output = self._syncer.ask_at_terminal("resync-all", "--yes", "--wait", "--timeout=2m")
        for host in self._backend.hosts:
            expect(re.search(rf"\r.*{re.escape(host)}: \d+ differed, \d+ synced, \d+ failed.*\r", output),
                   f"no progress of {host}: {output!r}")
        ended = {one["host"]: one for one in map(re.Match.groupdict, ENDED.finditer(output))}
        expect(ended.keys() == set(self._backend.hosts), f"{code}: {output!r}")
        for one in ended.values():
            expect(int(one["read"]) > 10 and int(one["differed"]) == int(one["synced"]) == 1
                   and one["failed"] == "0", f"{one}")
        expect(all(len(self._live(handle)) == 3 for handle in spoilt), "something is still missing")
        one = self._backend.hosts[0]
        code, output = self._syncer.ask("resync-all", "--yes", "--wait", f"--vcenter={one}")
        expect(output.startswith(one + ":") and self._backend.hosts[1] not in output,
               f"{code}: {output}")

    def triggered(self) -> None:
        trigger = FullSyncTrigger(self._backend.kube)
        Features(self._backend.kube).set({TRIGGER: "true"})
        self._wait("the first run", lambda: trigger.idle_at(1), FIRST_SYNC_SECONDS)
        spoilt = [self._spoil(host) for host in self._backend.hosts]
        number = trigger.ask()
        self._wait("the run", lambda: trigger.idle_at(number), FIRST_SYNC_SECONDS)
        run = trigger.last_run()
        expect([one["host"] for one in run["vcenters"]] == self._backend.hosts, f"it says {run}")
        expect([(one["differed"], one["synced"], one["failed"]) for one in run["vcenters"]]
               == 3 * [(1, 1, 0)], f"it says {run}")
        expect(all(len(self._live(handle)) == 3 for handle in spoilt), "something is still missing")

    def disks(self) -> None:
        Features(self._backend.kube).set({BACKING_DISKS: "true"})
        self._wait("the annotations", lambda: not self._disks_untold(), FIRST_SYNC_SECONDS)

    def _disks_untold(self) -> list[str]:
        """Claims that do not say what they must."""
        volumes = {handle: volume for handle, volume in self._backend.volumes().items()
                   if volume.type == "BLOCK"}
        notes = {claim["metadata"]["uid"]: (claim["metadata"].get("annotations") or {}).get(DISK_NOTE)
                 for claim in self._backend.kube.list("/api/v1/persistentvolumeclaims")}
        wanted = {pv["spec"]["claimRef"]["uid"]:
                  f"{pv['metadata']['uid']}:{volumes[handle_of(pv)].disk}"
                  for pv in self._backend.kube.list(paths.VOLUMES)
                  if handle_of(pv) in volumes and pv["status"]["phase"] == "Bound"}
        expect(len(wanted) > 30, f"only {len(wanted)} claims to look at")
        return [uid for uid, note in wanted.items() if uid in notes and notes[uid] != note]

    def _spoil(self, host: str) -> str:
        """Takes what we wrote about one volume there away, but for its PV; returns its handle."""
        handle = next(h for h in sorted(self._backend.volumes_at(host)) if len(self._live(h)) == 3)
        self._backend.set_entities(handle, [e for e in self._live(handle) if e.kind == PV])
        return handle

    def complaints(self) -> None:
        self._no_complaints()
        expect(all(self._backend.stats(host)["deletes"] == 0 for host in self._backend.hosts),
               "volumes were unregistered")
        self._goodbye()

    def _every_vcenter_idle(self) -> bool:
        return self._syncer.idle(len(self._backend.hosts))

    def _topology(self) -> dict[str, list]:
        """The labels of the nodes that are answered."""
        return {item["metadata"]["name"]: item["status"].get("topologyLabels")
                for item in self._backend.kube.list(paths.NODE_TOPOLOGIES)
                if item["status"]["status"] == "Success"}

    def _ask(self, *hosts: str) -> set[str]:
        """The node plugins of these vCenters start again: what they ask is what their nodes are."""
        regions = {f"region-{self._backend.hosts.index(host) + 1}" for host in hosts}
        names = {name for name, labels in self._topology().items()
                 if regions & {label["value"] for label in labels}}
        for name in names:
            self._backend.kube.merge(f"{paths.NODE_TOPOLOGIES}/{name}", {"status": {"status": ""}})
        return names

    def _infos(self) -> list[dict]:
        return self._backend.kube.list(paths.VOLUME_INFOS)

    def _events(self, about: str) -> list[dict]:
        return [event for event in self._backend.kube.list(paths.EVENTS)
                if event["involvedObject"]["name"] == about and event["reason"] == NOT_REGISTERED]

    def _edit(self, value: str, *hosts: str) -> None:
        """A label on five PVs of each vCenter."""
        pv_of = {handle_of(pv): pv for pv in self._backend.kube.list(paths.VOLUMES)
                 if handle_of(pv) and pv["status"]["phase"] == "Bound"}
        for host in hosts:
            handles = sorted(self._home(host) & pv_of.keys())[:5]
            self._edited[host] = handles
            for handle in handles:
                self._backend.kube.merge(f"{paths.VOLUMES}/{pv_of[handle]['metadata']['name']}",
                                         {"metadata": {"labels": {"edit": value}}})

    def _home(self, host: str) -> set[str]:
        """Volumes of a vCenter by what is recorded: it may be unable to answer."""
        return {item["spec"]["volumeID"] for item in self._infos()
                if item["spec"]["vCenterServer"] == host}

    def _arrived(self, value: str, *hosts: str) -> bool:
        return all(any(("edit", value) in entity.labels for entity in volumes[handle].entities)
                   for host in hosts for volumes in [self._backend.volumes_at(host)]
                   for handle in self._edited[host])
