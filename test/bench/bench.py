#!/usr/bin/env python3
"""Measures vsphere-syncer against the simulators on this machine and prints a table or JSON.

Everything runs at once on the same cores: the simulators, the program and this driver. Ratios are
taken within one run; the figures of docs/benchmarks.md name the command and the machine.
"""

import argparse
import json
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
for folder in ("story", "demo"):
    sys.path.insert(0, str(HERE.parent / folder))

from children import wait_until  # noqa: E402
from kube import claims  # noqa: E402
from machine import cpu_seconds, describe, memory_mib  # noqa: E402
from scrape import quantile, since  # noqa: E402
from bench_world import World  # noqa: E402
from mixed import mixed  # noqa: E402

FAST = ["--max-in-flight=64", "--bulk-rate=0", "--log-level=warn"]
TASK_MS = 2.0
TARGETS = {
    "first_sync_updates_per_s": ">= 2000", "raw_limit_ratio": ">= 0.60",
    "soap_per_update_loaded": "<= 1.5", "soap_per_update_lone": "<= 4",
    "soap_per_update_200": "<= 4", "lag_p50_ms": "< 5", "lag_p99_ms": "< 25",
    "rss_5k_mib": "< 40", "peak_5k_mib": "< 60", "rss_25k_mib": "< 100", "peak_25k_mib": "< 150",
    "idle_cpu_percent": "< 0.2", "first_write_s": "< 2", "mixed_second_sync_writes": "0",
}
PARTS = ("first", "steady", "memory", "mixed")
MERGE = "application/merge-patch+json"


def say(text):
    print(text, file=sys.stderr, flush=True)


def first_sync(programs, volumes, pods):
    """All volumes drifted, start to finish, from the moments at which CNS took the updates."""
    with World(programs, volumes, pods, start="drifted") as world:
        started = time.monotonic()
        world.start_syncer(FAST)
        wait_until("the first update", world.updates, 60, every=0.005)
        first_write = time.monotonic() - started
        world.wait_in_sync(volumes)
        stats = world.get("/sim/vcenter/stats")
        updates = world.get("/sim/vcenter/updates")["updates"]
        times = sorted(u["applied_ns"] for u in updates)
        seconds = (times[-1] - times[0]) / 1e9
        assert stats["violation_count"] == 0, stats["violations"][:3]
        count = stats["calls"]["CnsUpdateVolumeMetadata"]
        return {"updates_per_s": (len(times) - 1) / seconds, "first_write_s": first_write,
                "soap": sum(stats["calls"].values()) / count, "calls": stats["calls"],
                "rss": memory_mib(world.syncer.pid)}


def raw_limit(programs, volumes, pods, calls):
    """The same mix of requests by a generator without logic, on a fresh simulator."""
    tasks_per_change = round(calls["CnsUpdateVolumeMetadata"] / calls["ModifyListView"])
    with World(programs, volumes, pods, start=None) as world:
        lines = []
        for claim in world.kube.request("GET", "/api/v1/persistentvolumeclaims")["items"]:
            meta, pv = claim["metadata"], claim["spec"]["volumeName"]
            lines.append((pv, meta["namespace"], meta["name"]))
        handles = {pv["metadata"]["name"]: pv["spec"]["csi"]["volumeHandle"]
                   for pv in world.kube.request("GET", "/api/v1/persistentvolumes")["items"]}
        path = world.dir / "volumes.txt"
        path.write_text("".join(f"{handles[pv]} {pv} {ns} {name} {name}-pod\n"
                                for pv, ns, name in lines))
        vcenter = world.info["vcenter"]
        command = [programs / "test/bench/raw-load", f"--port={vcenter['port']}",
                   f"--user={vcenter['user']}", f"--password={vcenter['password']}",
                   "--cluster-id=bench", f"--volumes={path}", "--connections=64",
                   f"--tasks-per-change={tasks_per_change}"]
        result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        return result


def end_to_end_ms(edited, updates):
    """From the API server's answer to an edit until CNS had applied it, sorted; task time included."""
    applied = defaultdict(list)
    for update in updates:
        applied[update["volume"]].append(update["applied_ns"])
    return sorted((done - when) / 1e6 for volume, moments in edited.items()
                  for when, done in zip(moments, applied[volume]))


def steady(programs, volumes, pods, edits_per_s, seconds, idle_seconds):
    """A synced cluster: idle CPU, lone updates, then label edits at a fixed rate."""
    with World(programs, volumes, pods, start="in-sync") as world:
        world.start_syncer(FAST)
        world.wait_in_sync(volumes)
        pid = world.syncer.pid
        say(f"  idle for {idle_seconds} s")
        before = cpu_seconds(pid)
        time.sleep(idle_seconds)
        idle = 100 * (cpu_seconds(pid) - before) / idle_seconds
        handles = {pv["metadata"]["name"]: pv["spec"]["csi"]["volumeHandle"]
                   for pv in world.kube.request("GET", "/api/v1/persistentvolumes")["items"]}
        targets = [(claims(c["metadata"]["namespace"]) + "/" + c["metadata"]["name"],
                    handles[c["spec"]["volumeName"]]) for c in
                   world.kube.request("GET", "/api/v1/persistentvolumeclaims")["items"]]
        edited = defaultdict(list)  # volume -> when each edit was answered

        def edit(number):
            patch = {"metadata": {"labels": {"bench": f"n{number}"}}}
            path, volume = targets[number % len(targets)]
            world.kube.request("PATCH", path, patch, MERGE)
            edited[volume].append(time.monotonic_ns())

        say("  lone updates")
        soap, updates = world.soap_requests(), world.updates()
        for number in range(20):
            edit(number)
            wait_until("a lone update", lambda n=number: world.updates() > updates + n, 10, 0.01)
        time.sleep(0.5)
        lone = (world.soap_requests() - soap) / (world.updates() - updates)

        say(f"  {edits_per_s} edits/s for {seconds} s")
        soap, updates, lag = world.soap_requests(), world.updates(), world.metrics().lag()
        edited.clear()
        recorded = len(world.get("/sim/vcenter/updates")["updates"])
        begun = time.monotonic()
        total = edits_per_s * seconds
        for number in range(total):
            wait = begun + number / edits_per_s - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            edit(1000 + number)
        took = time.monotonic() - begun
        wait_until("the last edit", lambda: world.metrics().total("vsphere_syncer_queue_depth") == 0, 30)
        buckets = since(world.metrics().lag(), lag)
        outside = end_to_end_ms(edited, world.get("/sim/vcenter/updates")["updates"][recorded:])
        return {"outside_p50": outside[len(outside) // 2],
                "outside_p99": outside[len(outside) * 99 // 100],
                "idle": idle, "lone": lone, "edits_per_s": total / took,
                "soap": (world.soap_requests() - soap) / (world.updates() - updates),
                "p50": 1000 * quantile(buckets, 0.5) - TASK_MS,
                "p99": 1000 * quantile(buckets, 0.99) - TASK_MS}


def memory(programs, volumes, pods):
    with World(programs, volumes, pods, start="in-sync") as world:
        world.start_syncer(FAST)
        world.wait_in_sync(volumes)
        time.sleep(3)
        return memory_mib(world.syncer.pid)


def of_first_sync(programs, quick):
    volumes = 500 if quick else 5000
    say(f"first sync, {volumes} volumes, all drifted")
    first = first_sync(programs, volumes, 2)
    say(f"  {first['updates_per_s']:.0f}/s; calls {first['calls']}")
    say("the same requests without logic")
    raw = raw_limit(programs, volumes, 2, first["calls"])
    say(f"  {raw}")
    return {"first_sync_updates_per_s": round(first["updates_per_s"]),
            "raw_limit_updates_per_s": round(raw["updates_per_s"]),
            "raw_limit_ratio": round(first["updates_per_s"] / raw["updates_per_s"], 2),
            "soap_per_update_loaded": round(first["soap"], 2),
            "first_write_s": round(first["first_write_s"], 2)}


def of_steady(programs, quick):
    say("steady state")
    calm = steady(programs, 500 if quick else 5000, 2, 200, 5 if quick else 30, 5 if quick else 60)
    return {"soap_per_update_lone": round(calm["lone"], 2),
            "soap_per_update_200": round(calm["soap"], 2),
            "edits_per_s": round(calm["edits_per_s"]),
            "lag_p50_ms": round(calm["p50"], 1), "lag_p99_ms": round(calm["p99"], 1),
            "end_to_end_p50_ms": round(calm["outside_p50"], 1),
            "end_to_end_p99_ms": round(calm["outside_p99"], 1),
            "idle_cpu_percent": round(calm["idle"], 3)}


def of_memory(programs, quick):
    figures = {}
    for name, count in (("5k", 500 if quick else 5000), ("25k", 2500 if quick else 25000)):
        say(f"memory, {count} volumes and {2 * count} pods")
        resident, peak = memory(programs, count, 2)
        figures[f"rss_{name}_mib"], figures[f"peak_{name}_mib"] = round(resident, 1), round(peak, 1)
    return figures


def of_mixed(programs, quick):
    count = 500 if quick else 5000
    say(f"first and second sync of {count} mixed volumes")
    result = mixed(programs, count, FAST)
    say(f"  first: {result['calls']}")
    say(f"  second: {result['second_calls']}")
    return {"mixed_volumes": result["volumes"], "mixed_first_sync_s": round(result["seconds"], 2),
            "mixed_soap_per_volume": round(result["soap"], 2),
            "mixed_rss_mib": round(result["rss"][0], 1), "mixed_peak_mib": round(result["rss"][1], 1),
            "mixed_second_sync_writes": result["second_writes"],
            "mixed_second_sync_calls": sum(result["second_calls"].values())}


def measure(programs, quick, parts):
    of = {"first": of_first_sync, "steady": of_steady, "memory": of_memory, "mixed": of_mixed}
    return {name: value for part in parts for name, value in of[part](programs, quick).items()}


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--programs", type=Path, required=True, help="the release build's folder")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size, to try it out")
    parser.add_argument("--only", choices=PARTS, action="append", help="this part, not all")
    options = parser.parse_args()
    figures = measure(options.programs, options.quick, options.only or PARTS)
    if options.json:
        print(json.dumps({"machine": describe(), "quick": options.quick, **figures}, indent=2))
        return
    print(f"machine: {describe()}{' (quick: a tenth of the size)' if options.quick else ''}")
    for name, value in figures.items():
        print(f"{name:28} {value:>10}   {TARGETS.get(name, '')}")


if __name__ == "__main__":
    main()
