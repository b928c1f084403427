"""How CNS differs from what it must hold, on one vCenter or several."""

from dataclasses import dataclass

import desired as rules
import kube as paths
from cns import Entity, Volume
from desired import CLAIM, DRIVER, DYNAMIC, POD, PV, Desired, Objects, desired_state  # noqa: F401
from kube import KubeError

# Set by somebody else on the PV entity; the syncer leaves it where it is.
PRESERVED = {"pv_retained"}
# CNS takes no more of an entity; of more the first in byte order are sent.
MAX_LABELS = 32


def differences(desired: Desired, volumes: dict[str, Volume], cluster: str) -> dict[str, list[str]]:
    """Per volume, what CNS holds too little, too much or otherwise. Empty when all is as it must be."""
    found = {}
    for handle, wanted in sorted(desired.entities.items()):
        volume = volumes.get(handle)
        lines = (["unknown to CNS"] if volume is None else
                 compare(wanted, volume, cluster, desired.untouched.get(handle, set())))
        if lines:
            found[handle] = lines
    for handle in sorted(desired.ended & volumes.keys()):
        left = [f"{name(e)}: must not be there" for e in live(volumes[handle], cluster)
                if e.kind == POD and not e.refers]
        if left:
            found[handle] = left
    for path in sorted(desired.unlinked):
        found[path] = ["in-tree path without a CNS volume"]
    return found


def live(volume: Volume, cluster: str) -> list[Entity]:
    return [e for e in volume.entities if e.cluster == cluster and not e.deleted]


def compare(wanted: list[Entity], volume: Volume, cluster: str, untouched=frozenset()) -> list[str]:
    by_key: dict[tuple, Entity] = {}
    lines = []
    for entity in live(volume, cluster):
        if identity(entity) in by_key:
            lines.append(f"{name(entity)}: held twice")
        by_key[identity(entity)] = entity
    for entity in wanted:
        actual = by_key.pop(identity(entity), None)
        if actual is None:
            lines.append(f"{name(entity)}: missing")
            continue
        if judged_labels(actual, entity) not in (entity.labels, entity.labels[:MAX_LABELS]):
            lines.append(f"{name(entity)}: labels {dict(actual.labels)}, not {dict(entity.labels)}")
        if actual.refers != entity.refers:
            lines.append(f"{name(entity)}: refers to {actual.refers}, not {entity.refers}")
    return lines + [f"{name(entity)}: must not be there" for key, entity in by_key.items()
                    if key not in untouched]


def identity(entity: Entity) -> tuple:
    return entity.kind, entity.namespace, entity.name


def name(entity: Entity) -> str:
    return f"{entity.kind} {entity.namespace}/{entity.name}".replace(" /", " ")


def judged_labels(actual: Entity, wanted: Entity) -> tuple:
    if wanted.kind != PV:
        return actual.labels
    known = dict(wanted.labels)
    return tuple((k, v) for k, v in actual.labels if k not in PRESERVED or k in known)


def misplaced(desired: Desired, infos: dict[str, str],
              vcenters: dict[str, dict[str, Volume]]) -> dict[str, list[str]]:
    """With several vCenters: each volume is on one of them, and its CNSVolumeInfo says which."""
    found = {}
    for handle in sorted(desired.entities):
        holders = [host for host, volumes in vcenters.items() if handle in volumes]
        lines = []
        if len(holders) > 1:
            lines.append(f"on {len(holders)} vCenters: {', '.join(holders)}")
        elif holders and handle not in infos:
            lines.append(f"is on {holders[0]} and has no CNSVolumeInfo")
        elif holders and infos[handle] != holders[0]:
            lines.append(f"is on {holders[0]}, its CNSVolumeInfo says {infos[handle]}")
        if lines:
            found[handle] = lines
    return found


@dataclass
class Report:
    compared: int
    hands_off: dict[str, str]
    differences: dict[str, list[str]]
    unlinked: int = 0  # in-tree volumes to come: CNS has no id for them yet

    def text(self, limit: int = 10) -> str:
        shown = [f"  {handle[:80]}: {'; '.join(lines)[:400]}"
                 for handle, lines in list(self.differences.items())[:limit]]
        if len(self.differences) > limit:
            shown.append(f"  and {len(self.differences) - limit} more volumes")
        return "\n".join(shown)


def read_objects(kube, several: bool = False) -> Objects:
    links = {item["spec"]["volumepath"]: item["spec"]["volumeid"]
             for item in custom(kube, paths.MIGRATIONS)}
    infos = {item["spec"]["volumeID"]: item["spec"]["vCenterServer"]
             for item in custom(kube, paths.VOLUME_INFOS)} if several else {}
    return Objects(kube.list(paths.VOLUMES), kube.list("/api/v1/persistentvolumeclaims"),
                   kube.list("/api/v1/pods"), links, infos, in_tree=not several)


def custom(kube, path: str) -> list[dict]:
    """No objects while nobody has installed their definition."""
    try:
        return kube.list(path)
    except KubeError as error:
        if error.code != 404:
            raise
        return []


def check(kube, cns, cluster: str) -> Report:
    """One look at both sides. While something is in motion a difference means only: not yet.

    `cns` is one vCenter, or several by host.
    """
    several = isinstance(cns, dict)
    objects = read_objects(kube, several)
    vcenters = {host: one.volumes() for host, one in (cns if several else {"": cns}).items()}
    volumes = {handle: volume for held in vcenters.values() for handle, volume in held.items()}
    desired = rules.desired_state(objects, cluster,
                                  {handle: volume.type for handle, volume in volumes.items()})
    found = differences(desired, volumes, cluster)
    if several:
        for handle, lines in misplaced(desired, objects.infos, vcenters).items():
            found.setdefault(handle, []).extend(lines)
    return Report(len(desired.entities), desired.hands_off, found, len(desired.unlinked))
