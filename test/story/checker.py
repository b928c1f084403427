"""What CNS must hold, worked out from Kubernetes objects alone, and how CNS differs from it.

Written from the product's rules and sharing no code with it, so that one misreading cannot hide in
both. Covers dynamically provisioned block volumes of the vSphere CSI driver.
"""

from dataclasses import dataclass, field

from cns import Entity, Volume

DRIVER = "csi.vsphere.vmware.com"
DYNAMIC = "storage.kubernetes.io/csiProvisionerIdentity"
SHARED_MODES = {"ReadWriteMany", "ReadOnlyMany"}
# Set by somebody else on the PV entity; the syncer leaves it where it is.
PRESERVED = {"pv_retained"}
PV, CLAIM, POD = "PERSISTENT_VOLUME", "PERSISTENT_VOLUME_CLAIM", "POD"


@dataclass
class Desired:
    """Entities per volume; the volumes nobody may judge now are in `hands_off` with the reason."""

    entities: dict[str, list[Entity]] = field(default_factory=dict)
    hands_off: dict[str, str] = field(default_factory=dict)


def labels_of(item: dict) -> tuple:
    return tuple(sorted((item["metadata"].get("labels") or {}).items()))


def key_of(item: dict) -> tuple[str, str]:
    return item["metadata"].get("namespace", ""), item["metadata"]["name"]


def is_ours(pv: dict) -> bool:
    csi = pv["spec"].get("csi") or {}
    block = not SHARED_MODES & set(pv["spec"].get("accessModes") or [])
    return csi.get("driver") == DRIVER and DYNAMIC in csi.get("volumeAttributes", {}) and block


def desired_state(pvs: list[dict], claims: list[dict], pods: list[dict], cluster: str) -> Desired:
    by_handle: dict[str, list[dict]] = {}
    for pv in pvs:
        if is_ours(pv):
            by_handle.setdefault(pv["spec"]["csi"]["volumeHandle"], []).append(pv)
    claim_of = {key_of(claim): claim for claim in claims}

    desired = Desired()
    for handle, candidates in by_handle.items():
        pv = min(candidates, key=lambda v: (phase(v) != "Bound",
                                            v["metadata"]["creationTimestamp"], key_of(v)))
        claim = bound_claim(pv, claim_of)
        reason = controller_owns(pv, claim)
        if reason:
            desired.hands_off[handle] = reason
        else:
            desired.entities[handle] = entities(pv, claim, pods, cluster)
    return desired


def phase(item: dict) -> str:
    return (item.get("status") or {}).get("phase", "")


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


def controller_owns(pv: dict, claim: dict | None) -> str:
    if pv["spec"].get("persistentVolumeReclaimPolicy") != "Delete":
        return ""
    if pv["metadata"].get("deletionTimestamp"):
        return "Delete policy, being deleted"
    if phase(pv) in ("Released", "Failed"):
        return f"Delete policy, {phase(pv)}"
    if claim is None and (pv["spec"].get("claimRef") or {}).get("uid"):
        return "Delete policy, claim is gone"
    return ""


def entities(pv: dict, claim: dict | None, pods: list[dict], cluster: str) -> list[Entity]:
    name = pv["metadata"]["name"]
    found = [Entity(PV, "", name, cluster, labels_of(pv))]
    if claim is None:
        return found
    namespace, claim_name = key_of(claim)
    found.append(Entity(CLAIM, namespace, claim_name, cluster, labels_of(claim),
                        ((PV, "", name, cluster),)))
    running = [pod for pod in pods if phase(pod) == "Running" and uses(pod, claim)]
    if running:
        pod = min(running, key=precedence)
        found.append(Entity(POD, namespace, pod["metadata"]["name"], cluster, (),
                            ((CLAIM, namespace, claim_name, cluster),)))
    return found


def precedence(pod: dict) -> tuple:
    """A pod that stays comes before one that leaves, then the earliest, then by name."""
    return ("deletionTimestamp" in pod["metadata"], pod["status"].get("startTime", ""), key_of(pod))


def uses(pod: dict, claim: dict) -> bool:
    namespace, claim_name = key_of(claim)
    if pod["metadata"].get("namespace") != namespace:
        return False
    for volume in pod["spec"].get("volumes") or []:
        if (volume.get("persistentVolumeClaim") or {}).get("claimName") == claim_name:
            return True
        if "ephemeral" in volume and claim_name == f"{pod['metadata']['name']}-{volume['name']}":
            owners = claim["metadata"].get("ownerReferences") or []
            return any(owner["uid"] == pod["metadata"]["uid"] for owner in owners)
    return False


def differences(desired: Desired, volumes: dict[str, Volume], cluster: str) -> dict[str, list[str]]:
    """Per volume, what CNS holds too little, too much or otherwise. Empty when all is as it must be."""
    found = {}
    for handle, wanted in sorted(desired.entities.items()):
        volume = volumes.get(handle)
        lines = ["unknown to CNS"] if volume is None else compare(wanted, volume, cluster)
        if lines:
            found[handle] = lines
    return found


def compare(wanted: list[Entity], volume: Volume, cluster: str) -> list[str]:
    held = [e for e in volume.entities if e.cluster == cluster and not e.deleted]
    by_key: dict[tuple, Entity] = {}
    lines = []
    for entity in held:
        if identity(entity) in by_key:
            lines.append(f"{name(entity)}: held twice")
        by_key[identity(entity)] = entity
    for entity in wanted:
        actual = by_key.pop(identity(entity), None)
        if actual is None:
            lines.append(f"{name(entity)}: missing")
            continue
        if judged_labels(actual, entity) != entity.labels:
            lines.append(f"{name(entity)}: labels {dict(actual.labels)}, not {dict(entity.labels)}")
        if actual.refers != entity.refers:
            lines.append(f"{name(entity)}: refers to {actual.refers}, not {entity.refers}")
    lines += [f"{name(entity)}: must not be there" for entity in by_key.values()]
    return lines


def identity(entity: Entity) -> tuple:
    return entity.kind, entity.namespace, entity.name


def name(entity: Entity) -> str:
    return f"{entity.kind} {entity.namespace}/{entity.name}".replace(" /", " ")


def judged_labels(actual: Entity, wanted: Entity) -> tuple:
    if wanted.kind != PV:
        return actual.labels
    known = dict(wanted.labels)
    return tuple((k, v) for k, v in actual.labels if k not in PRESERVED or k in known)


@dataclass
class Report:
    compared: int
    hands_off: dict[str, str]
    differences: dict[str, list[str]]

    def text(self, limit: int = 10) -> str:
        shown = [f"  {handle}: {'; '.join(lines)}"
                 for handle, lines in list(self.differences.items())[:limit]]
        if len(self.differences) > limit:
            shown.append(f"  and {len(self.differences) - limit} more volumes")
        return "\n".join(shown)


def check(kube, cns, cluster: str) -> Report:
    """One look at both sides. While something is in motion a difference means only: not yet."""
    desired = desired_state(kube.list("/api/v1/persistentvolumes"),
                            kube.list("/api/v1/persistentvolumeclaims"),
                            kube.list("/api/v1/pods"), cluster)
    return Report(len(desired.entities), desired.hands_off,
                  differences(desired, cns.volumes(), cluster))
