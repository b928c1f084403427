"""A cluster of all kinds of volumes, with one vCenter: first sync, and a second one that finds nothing."""

import time

from bench_world import World
from children import wait_until
from kube import VOLUMES
from machine import memory_mib

DRIVER = "csi.vsphere.vmware.com"
WRITES = ("CnsUpdateVolumeMetadata", "CnsCreateVolume", "CnsDeleteVolume")
EVERY_MINUTE = {"FULL_SYNC_INTERVAL_MINUTES": "1"}


def volumes_of_ours(pvs, pods) -> int:
    """Several PVs and pods may name the same volume: by its handle, or by the path of its disk."""
    names = set()
    for pv in pvs:
        csi = pv["spec"].get("csi", {})
        if csi.get("driver") == DRIVER:
            names.add(csi["volumeHandle"])
        in_tree = pv["spec"].get("vsphereVolume")
        if in_tree:
            names.add(in_tree["volumePath"])
    for pod in pods:
        for volume in pod["spec"].get("volumes", []):
            if "vsphereVolume" in volume:
                names.add(volume["vsphereVolume"]["volumePath"])
    return len(names)


def difference(now: dict, before: dict) -> dict:
    return {name: count - before.get(name, 0) for name, count in now.items() if count != before.get(name, 0)}


def mixed(programs, volumes, flags):
    """`volumes` of all kinds together, all drifted or not registered at the start."""
    with World(programs, volumes, 1, start="drifted", flags=["--mixed"]) as world:
        expected = volumes_of_ours(world.kube.list(VOLUMES), world.kube.list("/api/v1/pods"))
        began = time.monotonic()
        world.start_syncer(flags, environment=EVERY_MINUTE)
        world.wait_in_sync(expected)
        seconds = time.monotonic() - began
        time.sleep(3)
        calls = world.get("/sim/vcenter/stats")["calls"]
        memory = memory_mib(world.syncer.pid)
        wait_until("the second full sync",
                   lambda: world.metrics().total("vsphere_syncer_full_syncs_total") >= 2, 90)
        time.sleep(1)
        stats = world.get("/sim/vcenter/stats")
        assert stats["violation_count"] == 0, stats["violations"][:3]
        second = difference(stats["calls"], calls)
        return {"volumes": expected, "seconds": seconds, "calls": calls,
                "soap": sum(calls.values()) / expected, "rss": memory,
                "second_calls": second, "second_writes": sum(second.get(name, 0) for name in WRITES)}
