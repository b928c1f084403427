"""The comparison that the replaced container makes at each full sync, rebuilt from its description.

Where it finds nothing to update in what we left in CNS, going back to that container costs nothing.
Where we differ on purpose is `forgiven`: it never lists the pod of an ephemeral volume, and it
rewrites what the controller is about to delete.
"""

from dataclasses import dataclass

from cns import Volume
from desired import (CLAIM, POD, PV, Objects, bound_claim, handle_of, key_of, labels_of,
                     nobody_may_judge, path_of, phase)

SYNCED_PHASES = {"Available", "Bound", "Released"}
KEPT_LABEL = "pv_retained"


@dataclass(frozen=True)
class Listed:
    """What it compares of an entity: neither references nor the cluster, its client sets those."""

    kind: str
    name: str
    namespace: str
    labels: tuple
    deleted: bool = False

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.name}:{self.namespace}"


def pods_by_claim(objects: Objects) -> dict[tuple, list[dict]]:
    found: dict[tuple, list[dict]] = {}
    for pod in objects.pods:
        if phase(pod) != "Running":
            continue
        namespace = key_of(pod)[0]
        for claim in {(volume.get("persistentVolumeClaim") or {}).get("claimName")
                      for volume in pod["spec"].get("volumes") or []} - {None}:
            found.setdefault((namespace, claim), []).append(pod)
    return found


def kubernetes_side(objects: Objects) -> dict[str, list[Listed]]:
    """Per volume handle; of several PVs with one handle the lists are joined."""
    claim_of = {key_of(claim): claim for claim in objects.claims}
    users = pods_by_claim(objects)
    sides: dict[str, list[Listed]] = {}
    for pv in objects.pvs:
        handle = handle_of(pv) or objects.links.get(path_of(pv), "")
        if not handle or phase(pv) not in SYNCED_PHASES:
            continue
        entities = [Listed(PV, pv["metadata"]["name"], "", labels_of(pv))]
        ref = pv["spec"].get("claimRef")
        key = (ref.get("namespace", ""), ref["name"]) if ref else None
        if key in claim_of and phase(pv) == "Bound":
            entities.append(Listed(CLAIM, key[1], key[0], labels_of(claim_of[key])))
            entities += [Listed(POD, pod["metadata"]["name"], key[0], ())
                         for pod in users.get(key, [])]
        sides[handle] = entities + sides.get(handle, [])
    return sides


def cns_side(volume: Volume, cluster: str) -> list[Listed]:
    return [Listed(e.kind, e.name, e.namespace, e.labels, e.deleted)
            for e in volume.entities if e.cluster == cluster]


def update_required(wanted: list[Listed], held: list[Listed]) -> str:
    """Why it would write; empty when it would not."""
    kept = next((label for e in held if e.kind == PV for label in e.labels
                 if label[0] == KEPT_LABEL), None)
    if len(wanted) != len(held):
        return f"{len(wanted)} entities in Kubernetes, {len(held)} in CNS"
    by_key = {entity.key: entity for entity in held}
    for entity in wanted:
        actual = by_key.get(entity.key)
        if actual is None:
            return f"{entity.key} is not in CNS"
        labels = dict(entity.labels)
        if entity.kind == PV and kept:
            labels[kept[0]] = kept[1]
        if (actual.name, actual.deleted, actual.namespace) != (entity.name, False, entity.namespace):
            return f"{entity.key} is in CNS as {actual.key}, delete={actual.deleted}"
        if dict(actual.labels) != labels:
            return f"{entity.key} has labels {dict(actual.labels)}, not {labels}"
    return ""


def updates(objects: Objects, volumes: dict[str, Volume], cluster: str,
            forgiven=frozenset()) -> dict[str, str]:
    """What it would rewrite, with the reason; volumes it would register are `not in CNS`."""
    found = {}
    for handle, wanted in kubernetes_side(objects).items():
        if handle in forgiven:
            continue
        volume = volumes.get(handle)
        why = "not in CNS" if volume is None else update_required(wanted, cns_side(volume, cluster))
        if why:
            found[handle] = why
    return found


def on_purpose(objects: Objects) -> set[str]:
    """Volumes of generic ephemeral claims, and those on their way out with policy Delete."""
    claim_of = {key_of(claim): claim for claim in objects.claims}
    leaving = {handle_of(pv) or objects.links.get(path_of(pv), "") for pv in objects.pvs
               if nobody_may_judge(pv, bound_claim(pv, claim_of))}
    owned = {key_of(claim) for claim in objects.claims
             if any(owner.get("kind") == "Pod"
                    for owner in claim["metadata"].get("ownerReferences") or [])}
    return leaving | {
        handle_of(pv) for pv in objects.pvs
        if (ref := pv["spec"].get("claimRef"))
        and (ref.get("namespace", ""), ref["name"]) in owned}
