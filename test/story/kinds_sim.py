"""The kinds of volume that vcsim cannot show: file shares, in-tree disks and pods that name one."""

import re
from dataclasses import replace

import checker
import upstream_rule
from cluster import MIGRATED, MIGRATED_CLAIM, csi, from_claim, in_tree
from cns import Entity
from desired import CLAIM, IN_TREE, POD, PROVISIONED_BY, PV
from kinds import SUCCEEDED, Kinds, new_disk
from telling import CREATE, FIRST_SYNC_SECONDS, UPDATE, expect

NOT_REGISTERED = "InTreeVolumeNotRegistered"
SHARED = ("ReadWriteMany",)
DATACENTER = "Europe/West Coast/DC 9"  # by its inventory path, as in csi-vsphere.conf
FAR_STORE = "far store"


class SimKinds(Kinds):
    def chapters(self) -> list:
        *before, complaints = super().chapters()
        return [
            *before,
            ("a share shows every pod of every volume on it", self.share),
            ("an unregistered share is registered by its id", self.static_share),
            ("in-tree volumes are registered by path", self.in_tree),
            ("an in-tree volume counts once it was handed over", self.handed_over),
            ("a disk in a datacenter with folders and spaces", self.far_datacenter),
            ("a path that can never work stops no other", self.impossible_path),
            ("a pod that names its volume itself", self.inline),
            ("a full sync repairs what others broke", self.repair),
            ("a volume that another cluster registered gets ours beside theirs", self.another_clusters),
            ("the replaced container would have nothing to do", self.swap_back),
            ("a second start sends nothing", self.second_start),
            complaints,
        ]

    def prologue(self) -> None:
        self._backend.vcenter("put_datacenter", {"id": "datacenter-9", "name": "DC 9",
                                                 "folders": ["Europe", "West Coast"]})
        self._backend.vcenter("put_datastore", {
            "id": "datastore-91", "name": FAR_STORE, "url": "ds:///vmfs/volumes/far/",
            "datacenter": "datacenter-9", "folders": ["slow"], "pod": "far-pod"})
        self._backend.configure('datacenters = "DC0"', f'datacenters = "DC0, {DATACENTER}"')
        super().prologue()

    def share(self) -> None:
        handle, cluster = "file:" + new_disk(), self._cluster
        self._backend.vcenter("put_volume", {"id": handle, "name": "share", "type": "FILE",
                                             "cluster": self._backend.cluster})
        self._share_volume("share-a", handle, "shared-1", dynamic=True)
        self._share_volume("share-b", handle, "shared-2")
        for namespace in ("shared-1", "shared-2"):
            for number in range(3):
                cluster.pod(namespace, f"web-{number}", from_claim("docs"))
        self._sync()
        expect(len(self._kinds(handle)) == 10, f"the share has {self._kinds(handle)}")
        cluster.label_claim("shared-1", "docs", tier="gold")
        cluster.label_volume("share-b", zone="z9")
        cluster.pod_phase("shared-1", "web-1", "Succeeded")
        cluster.delete_pod("shared-2", "web-0")
        cluster.pod("shared-2", "web-3", from_claim("docs"))
        self._sync()
        for number in range(3):
            cluster.delete_pod("shared-1", f"web-{number}")
        cluster.delete_claim("shared-1", "docs")
        cluster.phase("share-a", "Released")
        self._sync()
        cluster.delete_volume("share-a")
        self._sync()
        self._holds(handle, "one of its volumes was deleted", (PV, "share-b"), (CLAIM, "docs"),
                    (POD, "web-1"), (POD, "web-2"), (POD, "web-3"))

    def static_share(self) -> None:
        handle = "file:" + new_disk()
        self._backend.vcenter("put_disk", {"id": handle, "type": "FILE"})
        claim = self._cluster.claim("shared-1", "films", modes=SHARED)
        self._cluster.volume("films", csi(handle), claim, phase="Pending", modes=SHARED)
        for number in range(2):
            self._cluster.pod("shared-1", f"player-{number}", from_claim("films"))
        self._settle()
        creates, updates = self._sent(CREATE), self._sent(UPDATE)
        self._cluster.phase("films", "Bound")
        self._sync()
        sent = self._sent(CREATE) - creates, self._sent(UPDATE) - updates
        expect(sent == (1, 0), f"registering took {sent} create and update calls")
        expect(self._backend.volumes()[handle].type == "FILE", "registered as a disk")
        self._told("films", SUCCEEDED, "Normal")

    def in_tree(self) -> None:
        path, cluster = self._vmdk("kubevols/data 1.vmdk"), self._cluster
        claim = cluster.claim("archive", "old", annotations=MIGRATED_CLAIM)
        cluster.volume("old", in_tree(path), claim, phase="Pending", annotations=MIGRATED)
        cluster.pod("archive", "old-0", from_claim("old"))
        self._settle()
        updates = self._sent(UPDATE)
        cluster.phase("old", "Bound")
        self._sync()
        link = cluster.links()[path]
        expect(link == {"volumepath": path, "volumeid": link["name"], "name": link["name"],
                        "protectvolumefromvmdelete": self._protects()}, f"its object says {link}")
        handle = link["name"]
        expect(self._sent(UPDATE) == updates, "its entities did not go with the create call")
        self._holds(handle, "registered", (PV, "old"), (CLAIM, "old"), (POD, "old-0"))
        cluster.label_volume("old", zone="z5")
        cluster.label_claim("archive", "old", app=None)
        cluster.delete_pod("archive", "old-0")
        cluster.pod("archive", "old-1", from_claim("old"))
        self._sync()
        cluster.delete_pod("archive", "old-1")
        cluster.delete_claim("archive", "old")
        cluster.phase("old", "Released")
        self._sync()
        self._holds(handle, "Released", (PV, "old"))

    def handed_over(self) -> None:
        path, cluster = self._vmdk("kubevols/later.vmdk"), self._cluster
        cluster.volume("later", in_tree(path), cluster.claim("archive", "later"),
                       annotations={PROVISIONED_BY: IN_TREE})
        self._settle()
        expect(path not in cluster.links(), "a volume of the in-tree plugin was registered")
        cluster.annotate_volume("later", MIGRATED)
        self._sync()
        expect(path in cluster.links(), "the volume was not registered when it was handed over")

    def far_datacenter(self) -> None:
        path = self._vmdk("kube vols/a&b #1.vmdk", f"[far-pod/{FAR_STORE}]", "datastore-91")
        self._cluster.volume("far", in_tree(path), annotations=MIGRATED)
        self._sync()
        self._holds(self._cluster.links()[path]["name"], "registered", (PV, "far"))

    def impossible_path(self) -> None:
        path, good = "/verdaccio/storage", self._vmdk("kubevols/neighbour.vmdk")
        creates = self._sent(CREATE)
        self._impossible.add(path)
        self._cluster.volume("no-vmdk", in_tree(path), annotations=MIGRATED)
        self._cluster.volume("neighbour", in_tree(good), annotations=MIGRATED)
        self._sync()
        event = self._told("no-vmdk", NOT_REGISTERED, "Warning")
        expect(path in event["message"], f"the Event does not name the path: {event['message']}")
        expect(self._sent(CREATE) == creates + 1, "vCenter was asked to register it")
        expect(good in self._cluster.links(), "its neighbour was not registered")

    def inline(self) -> None:
        path, cluster = self._vmdk("by hand/notes.vmdk"), self._cluster
        named = {"name": "data", "vsphereVolume": {"volumePath": path, "fsType": "ext4"}}
        cluster.pod("by-hand", "writer", named, phase="Pending")
        self._sync()
        handle = cluster.links()[path]["name"]
        self._holds(handle, "Pending")
        cluster.pod_phase("by-hand", "writer", "Running")
        self._sync()
        self._holds(handle, "Running", (POD, "writer"))
        expect(self._live(handle)[0].refers == (), "the pod refers to a claim that it has not")
        cluster.pod_phase("by-hand", "writer", "Succeeded")
        self._sync()
        self._holds(handle, "finished")
        cluster.pod("by-hand", "next", named)
        self._sync()
        self._holds(handle, "the next pod", (POD, "next"))
        cluster.delete_pod("by-hand", "writer")
        cluster.delete_pod("by-hand", "next")
        self._sync()
        self._holds(handle, "all pods are gone")
        # For the full sync to look at.
        cluster.pod("by-hand", "last", named)
        self._sync()
        self._inline = handle

    def repair(self) -> None:
        """Wrong labels, stale and missing entities of each kind, put right by the next full sync."""
        cluster, leaving = self._backend.cluster, self._look().hands_off
        broken = {self._inline: [Entity(POD, "by-hand", "stale", cluster)]}
        for handle, volume in self._backend.volumes().items():
            held = checker.live(volume, cluster)
            if len(broken) < 8 and len(held) > 1 and handle not in {self._inline, *leaving}:
                broken[handle] = [replace(held[0], labels=(("x", "y"),))]
        for handle, entities in broken.items():
            self._backend.set_entities(handle, entities)
        self._goodbye()
        expect(len(self._look().differences) >= len(broken), "nothing was broken")
        self._syncer.start()
        self._sync()
        self._holds(self._inline, "repaired", (POD, "last"))

    def another_clusters(self) -> None:
        theirs, handle = Entity(PV, "", "their-pv", "their-cluster"), new_disk()
        self._backend.vcenter("put_volume", {
            "id": handle, "name": "shared", "cluster": "their-cluster",
            "entities": [{"type": PV, "name": "their-pv", "cluster": "their-cluster"}]})
        self._cluster.volume("both", csi(handle), self._cluster.claim("archive", "both"))
        self._sync()
        self._holds(handle, "shared with another cluster", (PV, "both"), (CLAIM, "both"))
        expect(theirs in self._backend.volumes()[handle].entities, "their entity is gone")

    def swap_back(self) -> None:
        objects = checker.read_objects(self._backend.kube)
        found = upstream_rule.updates(objects, self._backend.volumes(), self._backend.cluster,
                                      forgiven=upstream_rule.on_purpose(objects))
        expect(not found, f"it would update {found}")

    def second_start(self) -> None:
        self._goodbye()
        creates, updates = self._sent(CREATE), self._sent(UPDATE)
        self._syncer.start()
        self._wait("the first look at everything", self._syncer.idle, FIRST_SYNC_SECONDS)
        sent = self._sent(CREATE) - creates, self._sent(UPDATE) - updates
        expect(sent == (0, 0), f"{sent} creates and updates on an unchanged cluster")

    def _share_volume(self, name: str, handle: str, namespace: str, dynamic: bool = False) -> None:
        claim = self._cluster.claim(namespace, "docs", modes=SHARED)
        self._cluster.volume(name, csi(handle, dynamic), claim, modes=SHARED)

    def _vmdk(self, file: str, store: str = "[sim-datastore]", datastore: str = "") -> str:
        """A disk of the in-tree plugin; its path as a PV says it."""
        self._backend.vcenter("put_vmdk", {"path": file, "datastore": datastore})
        return f"{store} {file}"

    def _protects(self) -> bool:
        """Known since vCenter 8.0.3."""
        version = re.match(r"(\d+)\.(\d+)\.(\d+)", self._backend.api_version)
        return tuple(int(part) for part in version.groups()) >= (8, 0, 3)
