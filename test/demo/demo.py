#!/usr/bin/env python3
"""Shows vsphere-syncer at work: a first sync, a minute of life with an outage, and the comparison of CNS
with the desired state at the end. Exit code 0 only if they are equal.
"""
import argparse
import contextlib
import json
import signal
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "story"))

import checker  # noqa: E402
import outage  # noqa: E402
import scrape  # noqa: E402
from children import Child, ChildDied, free_port  # noqa: E402
from life import Life  # noqa: E402
from screen import Screen, bar, duration, table  # noqa: E402
from servers import RealServers, Simulators  # noqa: E402
from tally import Tally  # noqa: E402

BULK_RATE = 200
START_SECONDS = 60
SETTLE_SECONDS = 120
STEPS_PER_SECOND = 15
LOOK_SECONDS = 0.25


class Failed(RuntimeError):
    """The demo cannot go on; the text says why."""


class Demo:
    def __init__(self, servers, options, folder, screen):
        self._servers, self._options, self._screen = servers, options, screen
        self._folder, self._tally, self._outage = folder, Tally(), None
        # Not all of them are in CNS yet: this many must be, in the end.
        before = self._compare()
        self._wanted = before.compared + before.unlinked
        self.result = {"volumes": self._wanted, "servers": servers.name, "kinds": servers.kinds(),
                       "vcenters": len(servers.hosts)}

    def start_syncer(self):
        port = free_port()
        command = [str(self._options.syncer), f"--kubeconfig={self._servers.kubeconfig}",
                   f"--metrics-bind-address=127.0.0.1:{port}", f"--bulk-rate={BULK_RATE}"]
        self._port, self.url = port, f"http://127.0.0.1:{port}/metrics"
        self._syncer = Child("vsphere-syncer", command, self._folder / "vsphere-syncer.log",
                             {"VSPHERE_CSI_CONFIG": str(self._servers.vsphere_config)})
        self._screen.say(f"vsphere-syncer runs as: VSPHERE_CSI_CONFIG="
                         f"{self._servers.vsphere_config} {' '.join(command)}")
        self._screen.say(f"its metrics: {self.url}")
        return self._syncer

    def first_sync(self):
        started, total = time.monotonic(), self._wanted
        limit = started + START_SECONDS + 3 * total / BULK_RATE
        while not (self._look() and self._tally.now.volumes("in_sync") >= total
                   and self._tally.caught_up()):
            done = self._tally.now.volumes("in_sync") if self._tally.now else 0
            self._screen.live(f"first sync {bar(done, total)}")
            if time.monotonic() > limit:
                raise Failed(f"the first sync is not finished: {done} of {total} volumes in sync")
            time.sleep(LOOK_SECONDS)
        took = time.monotonic() - started
        self.result["first_sync_s"] = round(took, 2)
        self._screen.say(f"first sync {bar(total, total)}: {took:.1f} s, paced to "
                         f"{BULK_RATE} updates/s")

    def life(self):
        life = Life(self._servers.kube)
        started, length = time.monotonic(), self._options.duration
        # A short life has no room for an outage and what comes after it.
        outage_at = length * 0.4 if length >= 4 * outage.SECONDS else float("inf")
        several = len(self._servers.hosts) > 1
        self._outage = outage.Outage(self._servers, self._screen.say, started + outage_at,
                                     "one vCenter" if several else "vCenter")
        steps, next_look = 0, started
        while (now := time.monotonic()) < started + length:
            self._outage.step(now)
            if now >= next_look:
                next_look = now + LOOK_SECONDS
                self._look()
                self._draw(now - started, length)
            elif steps < (now - started) * STEPS_PER_SECOND:
                life.step()
                steps += 1
            else:
                time.sleep(0.01)
        self.result["label_edits"], self.result["pods_moved"] = life.label_edits, life.pods_moved

    def settle(self):
        """Waits until CNS equals the desired state; the last comparison is the result."""
        limit = time.monotonic() + SETTLE_SECONDS
        while True:
            self._look()
            report = self._compare()
            if not report.differences or time.monotonic() > limit:
                break
            self._screen.live(f"settling: {len(report.differences)} volumes differ")
            time.sleep(LOOK_SECONDS)
        self._look()
        self.result.update(compared=report.compared, differing=len(report.differences),
                           ok=not report.differences and report.compared >= self._wanted)
        if report.differences:
            self._screen.say(report.text())

    def figures(self):
        now, result = self._tally.now, self.result
        for name, buckets in (("", self._tally.quiet), ("outage_", self._tally.troubled)):
            for q in (50, 99):
                value = scrape.quantile(buckets, q / 100)
                result[f"{name}lag_p{q}_ms"] = None if value is None else round(value * 1000, 2)
        result["updates"] = {kind: int(now.total("vsphere_syncer_updates_total", result=kind))
                             for kind in ("acknowledged", "refused", "unknown")}
        result["watch_restarts"] = int(now.total("vsphere_syncer_watch_restarts_total"))
        result.update(self._tally.counts())
        result["caught_up_s"] = self._outage.caught_up_seconds
        result["metrics_url"] = self.url
        return result

    def _compare(self):
        return checker.check(self._servers.kube, self._servers.vcenters, self._servers.cluster)

    def _look(self):
        """One scrape into the tally; False while /metrics does not answer yet."""
        self._syncer.must_run()
        metrics, now = scrape.fetch(self._port), time.monotonic()
        if metrics is None:
            return False
        troubled = self._outage is not None and self._outage.troubled
        self._tally.add(metrics, now, troubled)
        if self._outage is not None:
            self._outage.observe(now, metrics.total("vsphere_syncer_oldest_pending_seconds"))
        return True

    def _draw(self, at, length):
        tally, counts = self._tally, self._tally.counts()
        self._screen.live(
            f"{at:3.0f}/{length:.0f} s  lag p50 {duration(tally.recent(0.5)):>7} "
            f"p99 {duration(tally.recent(0.99)):>7}  "
            f"queue {tally.now.total('vsphere_syncer_queue_depth'):.0f} "
            f"in sync {counts['in_sync']} pending {counts['pending']} failed {counts['failed']}"
            + (f"  [{self._outage.name} is down]" if self._outage.down else ""))


def result_table(result):
    def ms(key):
        return duration(None if result[key] is None else result[key] / 1000)

    updates = result["updates"]
    return table([
        ("servers", result["servers"] + ("" if result["vcenters"] == 1 else
                                         f", {result['vcenters']} vCenters")),
        ("kinds", result["kinds"]),
        ("first sync", f"{result['volumes']} volumes in {result['first_sync_s']} s"),
        ("life", f"{result['label_edits']} label edits, {result['pods_moved']} pods moved"),
        ("lag, quiet", f"p50 {ms('lag_p50_ms')}, p99 {ms('lag_p99_ms')}"),
        ("lag, around the outage", f"p50 {ms('outage_lag_p50_ms')}, p99 {ms('outage_lag_p99_ms')}"),
        ("caught up after the outage", duration(result["caught_up_s"])),
        ("updates", f"{updates['acknowledged']} acknowledged, {updates['refused']} refused, "
                    f"{updates['unknown']} with unknown outcome"),
        ("volumes", f"{result['in_sync']} in sync, {result['pending']} pending, "
                    f"{result['failed']} failed"),
        ("CNS against Kubernetes", f"{result['compared']} volumes compared, "
                                   f"{result['differing']} differ"),
    ])


def main():
    options = parse()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    screen = Screen(sys.stderr if options.json else sys.stdout)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="syncer-demo-")))
        screen.say(f"starting the servers, with {options.volumes} volumes")
        make = RealServers if options.real else Simulators
        servers = stack.enter_context(make(options, folder, screen))
        screen.say(f"the volumes: {servers.kinds()}")
        demo = Demo(servers, options, folder, screen)
        syncer = demo.start_syncer()
        stack.callback(syncer.stop)
        try:
            demo.first_sync()
            demo.life()
            demo.settle()
        except (Failed, ChildDied) as problem:
            screen.say(f"demo failed: {problem}\nthe end of the syncer's log:\n{syncer.tail()}")
            return 1
        result = demo.figures()
        screen.say(result_table(result) + f"\n  metrics: {demo.url}")
        if options.json:
            print(json.dumps(result), flush=True)
        screen.say("CNS equals the desired state" if result["ok"] else
                   "FAILED: CNS does not equal the desired state")
        if options.keep_running:
            screen.say("everything keeps running; Ctrl-C ends it")
            with contextlib.suppress(SystemExit):
                signal.pause()
        return 0 if result["ok"] else 1


def parse():
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--volumes", type=int, default=500, help="of all kinds together")
    parser.add_argument("--mixed", action=argparse.BooleanOptionalAction, default=True,
                        help="static, file, in-tree, inline and ephemeral volumes among the block "
                             "volumes (the default); --no-mixed: block volumes alone")
    parser.add_argument("--vcenters", type=int, default=1, help="1 to 5 (default 1)")
    parser.add_argument("--duration", type=float, default=60, help="seconds of life (default 60)")
    parser.add_argument("--json", action="store_true", help="the result as JSON on stdout")
    parser.add_argument("--keep-running", action="store_true",
                        help="leave everything running at the end, until Ctrl-C")
    parser.add_argument("--real", action="store_true",
                        help="kube-apiserver, etcd and vcsim instead of the simulators (needs Go)")
    parser.add_argument("--syncer", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--sim", type=Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.volumes < 1 or options.duration < 1:
        parser.error("--volumes and --duration must be at least 1")
    if not 1 <= options.vcenters <= 5:
        parser.error("--vcenters is from 1 to 5")
    if options.real and options.vcenters > 1:
        parser.error("--real has one vCenter")
    return options


if __name__ == "__main__":
    sys.exit(main())
