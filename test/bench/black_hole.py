#!/usr/bin/env python3
"""Measures what a dead vCenter costs the others: three vCenters, lag on two with and without a fault of
the third.

silent: the third accepts connections and requests and never answers. Begins some seconds before the
        edits that count, so that the calls it swallowed time out while they are made.
dns:    the third is configured by name, and its name server never answers, from the start on.

Each run has a simulated cluster and a syncer of its own. Pairs alternate in which comes first. The
lag counts from the API server's answer to an edit until CNS has applied it, task time included;
hist is the syncer's own histogram over the same edits, interpolated within its buckets.
Exit code 0: in every variant the median of the ratios of p99 is small enough. 1: it is not, or a
run went wrong. 3: this machine does not let us give the program a name server of its own.
"""

import argparse
import contextlib
import json
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
for folder in ("story", "demo"):
    sys.path.insert(0, str(HERE.parent / folder))

from bench_world import World  # noqa: E402
from children import wait_until  # noqa: E402
from dark_dns import CannotIsolate, DarkDns, check_namespaces, only  # noqa: E402
from edits import MERGE, Editor, at_rate, lags_ms, quantile_of, volumes_of  # noqa: E402
from kube import VOLUME_INFOS  # noqa: E402
from machine import describe  # noqa: E402
from scrape import quantile, since  # noqa: E402

VARIANTS = ("silent", "dns")
LARGEST_RATIO = 1.2
DEAD_SHARE = 20  # every 20th edit is of a volume of the third vCenter
HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
NAME = "vcenter-3.bench.example"
FLAGS = ["--max-in-flight=64", "--bulk-rate=0", "--log-level=warn"]


@dataclass
class Size:
    volumes: int
    samples: int
    pairs: int
    edits_per_s: int
    warm_up: int
    silence_s: int  # how long the third has been silent when the edits begin


FULL = Size(volumes=1800, samples=5000, pairs=5, edits_per_s=300, warm_up=300, silence_s=15)
QUICK = Size(volumes=300, samples=500, pairs=2, edits_per_s=200, warm_up=60, silence_s=2)


class RunFailed(RuntimeError):
    """A run that measured something else than it should."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def must(holds, what):
    if not holds:
        raise RunFailed(what)


def call_third_by_name(world):
    """In the configuration and in the objects that say where a volume is."""
    config = Path(world.info["vcenter"]["config"])
    text = config.read_text()
    section = f'[VirtualCenter "{HOSTS[2]}"]\n'
    must(section in text, f"{config}: no {section.strip()}")
    # Its certificate is for the address.
    config.write_text(text.replace(
        section, f'[VirtualCenter "{NAME}"]\ninsecure-flag = "true"\n'))
    namespaces = {}
    for info in world.kube.list(VOLUME_INFOS):
        if info["spec"]["vCenterServer"] == HOSTS[2]:
            namespaces[info["metadata"]["name"]] = info["metadata"]["namespace"]
    for name, namespace in namespaces.items():
        path = VOLUME_INFOS.replace("cnsvolumeinfoes", f"namespaces/{namespace}/cnsvolumeinfoes/{name}")
        world.kube.request("PATCH", path, {"spec": {"vCenterServer": NAME}}, MERGE)


class Run:
    """One simulated cluster with one syncer, and one measurement."""

    def __init__(self, programs, size, variant, fault):
        self.programs, self.size, self.variant, self.fault = programs, size, variant, fault
        self.third = NAME if variant == "dns" else HOSTS[2]

    def measure(self):
        with contextlib.ExitStack() as stack:
            self.dns = None
            if self.variant == "dns":
                self.dns = stack.enter_context(DarkDns({NAME: None if self.fault else HOSTS[2]}))
            self.world = stack.enter_context(World(
                self.programs, self.size.volumes, 1, start="in-sync", flags=["--vcenters=3"]))
            self.start()
            return self.edit()

    def start(self):
        world = self.world
        before = ()
        if self.dns:
            call_third_by_name(world)
            before = only(self.dns.address, world.dir / "etc")
        known = volumes_of(world.kube)
        self.volumes = [[known[v["id"]] for v in world.get(f"/sim/vcenters/{n}/volumes")["volumes"]]
                        for n in (1, 2, 3)]
        world.start_syncer(FLAGS, before)
        expected = {host: len(volumes) for host, volumes in zip(HOSTS, self.volumes[:2])}
        if not (self.dns and self.fault):
            expected[self.third] = len(self.volumes[2])
        wait_until(f"volumes in sync: {expected}", lambda: self.in_sync(expected), 120)

    def in_sync(self, expected):
        now = self.world.metrics()
        return now and all(
            now.total("vsphere_syncer_volumes", vc=host, state="in_sync") == count and
            now.total("vsphere_syncer_full_syncs_total", vc=host) >= 1
            for host, count in expected.items())

    def idle(self, hosts):
        now = self.world.metrics()
        return now and all(now.total("vsphere_syncer_queue_depth", vc=host) == 0 for host in hosts)

    def updates(self, number):
        return self.world.get(f"/sim/vcenters/{number}/updates")["updates"]

    def lag_of_healthy(self):
        now = self.world.metrics()
        total = {}
        for host in HOSTS[:2]:
            for bound, count in now.lag(vc=host).items():
                total[bound] = total.get(bound, 0) + count
        return total

    def edit(self):
        size = self.size
        healthy = [volume for pair in zip(*self.volumes[:2]) for volume in pair]
        editors = [Editor(self.world.kube, healthy), Editor(self.world.kube, self.volumes[2])]
        at_rate(size.edits_per_s, size.warm_up, lambda n: 0, editors)
        wait_until("the warm-up", lambda: self.idle(HOSTS[:2]), 30)
        updates, dead = [len(self.updates(n)) for n in (1, 2)], len(self.updates(3))
        if self.fault and self.variant == "silent":
            self.world.post("/sim/vcenters/3/black_hole", {"on": True})
            rate = size.edits_per_s / DEAD_SHARE
            at_rate(rate, int(size.silence_s * rate), lambda n: 1, editors)
        lag, asked = self.lag_of_healthy(), self.dns.unanswered if self.dns else 0
        total = size.samples * DEAD_SHARE // (DEAD_SHARE - 1) + DEAD_SHARE
        done = at_rate(size.edits_per_s, total,
                       lambda n: 1 if n % DEAD_SHARE == DEAD_SHARE - 1 else 0, editors)
        # All that are still to be told of stand in the metrics: those of the third while it is dead.
        now = self.world.metrics()
        wait_until("the last edit", lambda: self.idle(HOSTS[:2]), 30)
        self.check_fault(now, len(self.updates(3)) - dead)
        applied = [u for n in (1, 2) for u in self.updates(n)[updates[n - 1]:]]
        lags, missed = lags_ms(done.edits[0], applied)
        must(missed == 0, f"{missed} edits at the healthy vCenters never reached CNS")
        must(len(lags) >= size.samples, f"only {len(lags)} samples")
        for number in (1, 2, 3):
            stats = self.world.get(f"/sim/vcenters/{number}/stats")
            must(stats["violation_count"] == 0, f"vCenter {number}: {stats['violations'][:3]}")
        counted = since(self.lag_of_healthy(), lag)
        return {"samples": len(lags), "edits_per_s": round(done.per_second, 1),
                "p50_ms": round(quantile_of(lags, 0.5), 3), "p99_ms": round(quantile_of(lags, 0.99), 3),
                "max_ms": round(lags[-1], 1),
                "hist_p50_ms": round(1000 * quantile(counted, 0.5), 3),
                "hist_p99_ms": round(1000 * quantile(counted, 0.99), 3),
                "third_waiting": int(now.total("vsphere_syncer_queue_depth", vc=self.third)),
                "third_edits": len(done.edits[1]),
                "unanswered_queries": self.dns.unanswered - asked if self.dns else 0}

    def check_fault(self, now, applied):
        """The fault was there and its vCenter had work; or there was none."""
        if not self.fault:
            must(applied > 0, "the third vCenter is healthy and took no update")
            return
        must(applied == 0, f"the third vCenter is dead and took {applied} updates")
        waiting = now.total("vsphere_syncer_queue_depth", vc=self.third)
        must(waiting > 0, "nothing waits for the dead vCenter")
        if self.dns:
            must(self.dns.unanswered > 0, "nobody asked for the dead name")
            session = now.total("vsphere_syncer_vcenter_session", vc=self.third)
            must(session == 0, "there is a session with the vCenter that cannot be found")


def measure_variant(programs, size, variant):
    pairs = []
    for number in range(size.pairs):
        pair = {}
        for fault in ((False, True) if number % 2 == 0 else (True, False)):
            say(f"{variant}, pair {number + 1}, {'with' if fault else 'without'} the fault")
            pair["with" if fault else "without"] = Run(programs, size, variant, fault).measure()
        pair["ratio"] = round(pair["with"]["p99_ms"] / pair["without"]["p99_ms"], 3)
        pair["hist_ratio"] = round(pair["with"]["hist_p99_ms"] / pair["without"]["hist_p99_ms"], 3)
        say(f"  p99 {pair['without']['p99_ms']} -> {pair['with']['p99_ms']} ms, {pair['ratio']}; "
            f"hist {pair['hist_ratio']}")
        pairs.append(pair)
    median = {key: round(statistics.median(p[key] for p in pairs), 3) for key in ("ratio", "hist_ratio")}
    return {"pairs": pairs, "median_ratio": median["ratio"], "median_hist_ratio": median["hist_ratio"],
            "passed": max(median.values()) <= LARGEST_RATIO}


def print_table(results):
    columns = ("p50_ms", "p99_ms", "max_ms", "hist_p50_ms", "hist_p99_ms", "samples", "edits_per_s",
               "third_waiting")
    for variant, result in results.items():
        print(f"{variant:8}{'':9}" + "".join(f"{name:>15}" for name in columns) + f"{'ratio':>8}{'hist':>8}")
        for number, pair in enumerate(result["pairs"], 1):
            for which in ("without", "with"):
                print(f"  pair {number} {which:8}" + "".join(f"{pair[which][name]:>15}" for name in columns)
                      + (f"{pair['ratio']:>8}{pair['hist_ratio']:>8}" if which == "with" else ""))
        print(f"  median ratio of p99 {result['median_ratio']}, of the histogram's {result['median_hist_ratio']}"
              f": {'passed' if result['passed'] else 'FAILED'} (<= {LARGEST_RATIO})")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench --black-hole", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=Path, required=True, help="the release build's folder")
    parser.add_argument("--variant", choices=VARIANTS, action="append", help="only this one")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size, to try it out")
    options = parser.parse_args()
    size, variants = QUICK if options.quick else FULL, options.variant or VARIANTS
    results = {}
    try:
        if "dns" in variants:
            check_namespaces()
        for variant in variants:
            results[variant] = measure_variant(options.programs, size, variant)
    except CannotIsolate as error:
        say(f"variant dns is impossible here: {error}")
        return 3
    except (RunFailed, TimeoutError) as error:
        say(f"failed: {error}")
        return 1
    if options.json:
        print(json.dumps({"machine": describe(), "quick": options.quick, "variants": results}, indent=2))
    else:
        print(f"machine: {describe()}{' (quick)' if options.quick else ''}")
        print_table(results)
    return 0 if all(result["passed"] for result in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
