"""What CNS must hold, worked out from Kubernetes objects alone.

Written from the product's rules and sharing no code with it, so that one misreading cannot hide in
both. Covers every kind of volume: dynamic and static block, file shares, migrated in-tree volumes,
volumes that only a pod names, and the claims of generic ephemeral volumes.
"""

from dataclasses import dataclass, field

from cns import Entity

DRIVER = "csi.vsphere.vmware.com"
IN_TREE = "kubernetes.io/vsphere-volume"
DYNAMIC = "storage.kubernetes.io/csiProvisionerIdentity"
PROVISIONED_BY, MIGRATED_TO = "pv.kubernetes.io/provisioned-by", "pv.kubernetes.io/migrated-to"
SHARED_MODES = {"ReadWriteMany", "ReadOnlyMany"}
LISTED_PHASES = {"Bound", "Available", "Released"}
PV, CLAIM, POD = "PERSISTENT_VOLUME", "PERSISTENT_VOLUME_CLAIM", "POD"


@dataclass
class Objects:
    """The cluster as one look shows it."""

    pvs: list[dict]
    claims: list[dict] = field(default_factory=list)
    pods: list[dict] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)  # in-tree path -> CNS id
    infos: dict[str, str] = field(default_factory=dict)  # CNS id -> vCenter, of CNSVolumeInfo
    in_tree: bool = True  # false with several vCenters: there the CSI driver knows no in-tree volumes


@dataclass
class Desired:
    """Entities per volume; the volumes nobody may judge now are in `hands_off` with the reason."""

    entities: dict[str, list[Entity]] = field(default_factory=dict)
    hands_off: dict[str, str] = field(default_factory=dict)
    # On a share: entities of PVs that nobody may judge, present or not.
    untouched: dict[str, set] = field(default_factory=dict)
    # In-tree volumes that only pods named and none names now: no pod may be left of them.
    ended: set[str] = field(default_factory=set)
    # In-tree paths that something names and that lead to no CNS volume yet.
    unlinked: set[str] = field(default_factory=set)


def desired_state(objects: Objects, cluster: str, types: dict[str, str] | None = None) -> Desired:
    """`types` is what CNS says the volumes are; access modes decide where it says nothing."""
    return _Judge(objects, cluster, types or {}).judge()


def labels_of(item: dict) -> tuple:
    return tuple(sorted((item["metadata"].get("labels") or {}).items()))


def key_of(item: dict) -> tuple[str, str]:
    return item["metadata"].get("namespace", ""), item["metadata"]["name"]


def phase(item: dict) -> str:
    return (item.get("status") or {}).get("phase", "")


def handle_of(pv: dict) -> str:
    """Of a PV of our driver; empty for every other."""
    csi = pv["spec"].get("csi") or {}
    return csi.get("volumeHandle", "") if csi.get("driver") == DRIVER else ""


def path_of(pv: dict) -> str:
    """Of an in-tree PV that was handed to CSI; empty for every other."""
    if pv["spec"].get("csi") or not pv["spec"].get("vsphereVolume"):
        return ""
    notes = pv["metadata"].get("annotations") or {}
    by = notes.get(PROVISIONED_BY)
    migrated = notes.get(MIGRATED_TO) == DRIVER and by == IN_TREE
    ours = by is None or migrated or by == DRIVER
    return pv["spec"]["vsphereVolume"].get("volumePath", "") if ours else ""


def inline_paths(pod: dict) -> set[str]:
    return {(volume.get("vsphereVolume") or {}).get("volumePath", "")
            for volume in pod["spec"].get("volumes") or []} - {""}


class _Judge:
    def __init__(self, objects: Objects, cluster: str, types: dict[str, str]):
        self._objects, self._cluster, self._types = objects, cluster, types
        self._claim_of = {key_of(claim): claim for claim in objects.claims}
        self._users = self._index_pods()
        self._desired = Desired()

    def judge(self) -> Desired:
        volumes: dict[str, list[dict]] = {}
        inline: dict[str, list[dict]] = {}
        for pv in self._objects.pvs:
            wanted = not nobody_may_judge(pv, bound_claim(pv, self._claim_of))
            identity = handle_of(pv) or self._linked(path_of(pv), wanted)
            if identity:
                volumes.setdefault(identity, []).append(pv)
        for pod in self._objects.pods:
            for path in inline_paths(pod):
                identity = self._linked(path, phase(pod) in ("Pending", "Running"))
                if identity:
                    inline.setdefault(identity, []).append(pod)
        for identity, candidates in volumes.items():
            self._judge_volume(identity, candidates)
        for identity in inline.keys() - volumes.keys():
            self._desired.entities[identity] = self._inline_entities(inline[identity])
        self._desired.ended = set(self._objects.links.values()) - volumes.keys() - inline.keys()
        return self._desired

    def _linked(self, path: str, wanted: bool) -> str:
        if not path or not self._objects.in_tree:
            return ""
        identity = self._objects.links.get(path, "")
        if not identity and wanted:
            self._desired.unlinked.add(path)
        return identity

    def _judge_volume(self, identity: str, pvs: list[dict]) -> None:
        shared = any(SHARED_MODES & set(pv["spec"].get("accessModes") or []) for pv in pvs)
        is_file = self._types.get(identity, "FILE" if shared else "BLOCK") == "FILE"
        if not is_file:
            pvs = [min(pvs, key=lambda v: (phase(v) != "Bound",
                                           v["metadata"]["creationTimestamp"], key_of(v)))]
        wanted, reasons = [], []
        for pv in sorted(pvs, key=key_of):
            claim = bound_claim(pv, self._claim_of)
            entities = self._entities(pv, claim, is_file)
            reason = nobody_may_judge(pv, claim)
            if reason:
                reasons.append(reason)
                self._desired.untouched.setdefault(identity, set()).update(
                    (e.kind, e.namespace, e.name) for e in entities)
            else:
                wanted += entities
        if wanted:
            self._desired.entities[identity] = wanted
        else:
            self._desired.hands_off[identity] = reasons[0]

    def _entities(self, pv: dict, claim: dict | None, is_file: bool) -> list[Entity]:
        name = pv["metadata"]["name"]
        found = [Entity(PV, "", name, self._cluster, labels_of(pv))]
        if claim is None:
            return found
        namespace, claim_name = key_of(claim)
        found.append(Entity(CLAIM, namespace, claim_name, self._cluster, labels_of(claim),
                            ((PV, "", name, self._cluster),)))
        running = [pod for pod in self._users.get((namespace, claim_name), [])
                   if phase(pod) == "Running" and owns(pod, claim)]
        for pod in listed(running, is_file):
            found.append(Entity(POD, namespace, pod["metadata"]["name"], self._cluster, (),
                                ((CLAIM, namespace, claim_name, self._cluster),)))
        return found

    def _inline_entities(self, pods: list[dict]) -> list[Entity]:
        running = [pod for pod in pods if phase(pod) == "Running"]
        return [Entity(POD, *key_of(pod), self._cluster) for pod in listed(running, False)]

    def _index_pods(self) -> dict[tuple, list[dict]]:
        users: dict[tuple, list[dict]] = {}
        for pod in self._objects.pods:
            namespace, name = key_of(pod)
            names = set()
            for volume in pod["spec"].get("volumes") or []:
                names.add((volume.get("persistentVolumeClaim") or {}).get("claimName"))
                if "ephemeral" in volume:
                    names.add(f"{name}-{volume['name']}")
            for claim in names - {None}:
                users.setdefault((namespace, claim), []).append(pod)
        return users


def bound_claim(pv: dict, claim_of: dict) -> dict | None:
    """The claim that this PV serves: named by it, of the same uid, and naming it back."""
    ref = pv["spec"].get("claimRef")
    if not ref:
        return None
    claim = claim_of.get((ref.get("namespace", ""), ref["name"]))
    if claim is None or claim["spec"].get("volumeName") != pv["metadata"]["name"]:
        return None
    if ref.get("uid") and ref["uid"] != claim["metadata"]["uid"]:
        return None
    return claim


def nobody_may_judge(pv: dict, claim: dict | None) -> str:
    """Why what CNS holds about this PV is not ours to change now; empty when it is."""
    if phase(pv) not in LISTED_PHASES:
        return f"phase {phase(pv) or 'none'}"
    if pv["spec"].get("persistentVolumeReclaimPolicy") != "Delete":
        return ""
    if pv["metadata"].get("deletionTimestamp"):
        return "Delete policy, being deleted"
    if phase(pv) == "Released":
        return "Delete policy, Released"
    if claim is None and (pv["spec"].get("claimRef") or {}).get("uid"):
        return "Delete policy, claim is gone"
    return ""


def listed(running: list[dict], is_file: bool) -> list[dict]:
    """A share shows every pod. A disk shows one: a pod that stays before one that leaves, then the
    earliest, then by name."""
    if is_file or not running:
        return sorted(running, key=key_of)
    return [min(running, key=lambda pod: ("deletionTimestamp" in pod["metadata"],
                                          pod["status"].get("startTime", ""), key_of(pod)))]


def owns(pod: dict, claim: dict) -> bool:
    """A claim that the pod names is its own affair; one made for an ephemeral volume must be its."""
    claim_name = claim["metadata"]["name"]
    for volume in pod["spec"].get("volumes") or []:
        if (volume.get("persistentVolumeClaim") or {}).get("claimName") == claim_name:
            return True
        if "ephemeral" in volume and claim_name == f"{pod['metadata']['name']}-{volume['name']}":
            owners = claim["metadata"].get("ownerReferences") or []
            return any(owner["uid"] == pod["metadata"]["uid"] for owner in owners)
    return False
