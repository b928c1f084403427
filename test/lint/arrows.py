"""The include arrows between the rooms (docs/architecture.md)."""
import re

# What each room may include besides itself.
MAY_INCLUDE = {
    "core": (),
    "net": ("core",),
    "kube": ("core", "net"),
    "informers": ("core", "net", "kube"),
    "cns": ("core", "net"),
    "reconcile": ("core",),
    "operators": ("core", "net", "kube"),
    "config": ("core",),
    "metrics": ("core",),
    "cli": ("core", "net", "config"),
    "app": ("core", "net", "kube", "informers", "cns", "reconcile", "operators", "config",
            "metrics", "cli"),
}

# Ports: abstract classes in core types, which their users may see without seeing the room.
PORTS = {
    "reconcile": ("informers/cluster_view.h", "informers/quorum_reads.h", "cns/cns_api.h",
                  "cns/vcenter_inventory.h", "operators/migration_store.h",
                  "operators/volume_info_store.h", "operators/topology.h"),
    "operators": ("informers/cluster_view.h", "cns/node_inventory.h", "cns/backing_disks.h"),
}

# The simulators share no code with what they judge, or one mistake could hide in both.
SIM_FORBIDDEN = ("cns", "informers", "kube", "reconcile", "operators", "config", "app", "cli")

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)


def room_of(path):
    """The room a file belongs to, or None."""
    parts = path.split("/")
    if parts[0] == "metrics":
        return "metrics"
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    return None


def offences(path, source):
    """Yields (line, message) for each include that crosses a forbidden border."""
    room = room_of(path)
    if room is not None and room not in MAY_INCLUDE:
        yield 1, f"unknown room {room}: give it its arrows in test/lint/arrows.py"
        return
    for match in _INCLUDE.finditer(source):
        included = match.group(1)
        target = included.split("/")[0]
        line = source.count("\n", 0, match.start()) + 1
        if "/" not in included or target == "..":
            if room is not None:
                yield line, f'"{included}": write include paths from the room on'
        elif room is not None:
            legal = (target == room or target in MAY_INCLUDE[room]
                     or included in PORTS.get(room, ()))
            if not legal:
                yield line, f'{room} must not include "{included}"'
        elif path.startswith("test/sim/") and target in SIM_FORBIDDEN:
            yield line, f'the simulators share no code with src/{target}: "{included}"'
