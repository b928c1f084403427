#!/usr/bin/env python3
"""Kills the leader of two replicas again and again while labels change: no update may be lost, never
may two write, and the other must write soon after the Lease is free (SIGTERM) or expired (SIGKILL).

Ends with figures and "N passed, N failed"; exit code 0 or 1.
"""

import argparse
import itertools
import random
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import checker
import kube as paths
from backend_sim import SimBackend
from children import ChildDied, wait_until
from desired import key_of
from lease import LOOK_SECONDS, NAMESPACE, Background, LeaseLog
from story import exit_on_signals, say
from syncer import Syncer
from telling import Broken, expect

# Lease duration, renew deadline, retry period; the second are those of the CSI driver's manifest.
TIMINGS = {"short": (3, 2, 0.5), "manifest": (30, 20, 10)}
EDIT_SECONDS, TAKEOVER_SECONDS, SYNC_SECONDS = 0.02, 120, 240
WRITES_BETWEEN_KILLS = 20


class Replica(Syncer):
    """One of the two, with a name of its own in the Lease."""

    def __init__(self, name: str, options, backend: SimBackend, folder: Path):
        lease, renew, retry = TIMINGS[options.timings]
        folder.mkdir()
        super().__init__(options.syncer.resolve(), backend.kubeconfig, backend.vsphere_config, folder, [
            "--leader-election", f"--leader-election-namespace={NAMESPACE}",
            f"--leader-election-identity={name}", f"--leader-election-lease-duration={lease}s",
            f"--leader-election-renew-deadline={renew}s",
            f"--leader-election-retry-period={int(retry * 1000)}ms",
            "--late-task-window=10s", "--bulk-rate=0"])
        self.name = name


class Failover:
    def __init__(self, options, backend: SimBackend, folder: Path):
        self._options, self._backend = options, backend
        self._replicas = {name: Replica(name, options, backend, folder / name) for name in "ab"}
        self._lease = LeaseLog(backend.kube)
        self._dice = random.Random(options.seed)
        self._numbers = itertools.count()
        self._claims = [key_of(claim) for claim in backend.kube.list("/api/v1/persistentvolumeclaims")]
        self.released: list[float] = []
        self.expired: list[float] = []
        self.edits = 0
        self.passed = 0

    def run(self) -> None:
        for replica in self._replicas.values():
            replica.start()
        looking = Background(self._lease.look, LOOK_SECONDS)
        try:
            self._begin()
            editing = Background(self._edit, EDIT_SECONDS)
            try:
                for number in range(self._options.kills):
                    self._fail_over(number)
            finally:
                editing.end()
            self._lose()
            self._end()
        finally:
            looking.end()
            for replica in self._replicas.values():
                replica.close()

    def _begin(self) -> None:
        self._wait("CNS equals Kubernetes", self._in_sync, SYNC_SECONDS)
        leader = self._leader()
        other = self._other(leader)
        expect(leader.leads() == 1 and other.leads() == 0, "the metric does not tell who leads")
        expect(other.ready(), "the standby is not ready")
        expect(other.total("vcenter_logins_total") == 0, "the standby has logged in to vCenter")
        self.passed += 1

    def _fail_over(self, number: int) -> None:
        leader = self._leader()
        other = self._other(leader)
        writes = len(self._backend.updated())
        self._wait("the leader writes", lambda: len(self._backend.updated())
                   >= writes + WRITES_BETWEEN_KILLS, TAKEOVER_SECONDS)
        began = time.monotonic_ns()
        gently = number % 2 == 0
        if gently:
            code = leader.stop()
            expect(code == 0, f"the leader ended with {code} on SIGTERM")
        else:
            leader.kill()
        wait_until(f"{other.name} writes", lambda: self._first_write(other, began), TAKEOVER_SECONDS)
        written = self._first_write(other, began)
        if gently:
            free = self._lease.left_at(leader.name, began)
        else:
            free = self._lease.last_renewal(leader.name) + TIMINGS[self._options.timings][0] * 10**9
        took = (written - free) / 1e9
        (self.released if gently else self.expired).append(took)
        say(f"{number + 1}: {'SIGTERM' if gently else 'SIGKILL'} of {leader.name}, "
            f"{other.name} wrote {took:.2f} s after the Lease was {'free' if gently else 'expired'}")
        leader.start()
        self._wait("the other stands by", lambda: leader.leads() == 0, TAKEOVER_SECONDS)
        expect(took <= self._options.limit, f"more than {self._options.limit} s")
        self.passed += 1

    def _lose(self) -> None:
        """Without an API server the leader cannot renew: it ends by itself, and the standby stays."""
        leader = self._leader()
        other = self._other(leader)
        self._backend.stop_api_server()
        wait_until("the leader ends", lambda: leader.exit_code() is not None, TAKEOVER_SECONDS)
        expect(leader.exit_code() == 0, f"the leader ended with {leader.exit_code()}")
        other.must_run()
        self._backend.start_api_server()
        began = time.monotonic_ns()
        wait_until("the API server answers", lambda: self._lease.looks[-1][0] > began,
                   TAKEOVER_SECONDS)
        self._edit()
        wait_until(f"{other.name} writes", lambda: self._first_write(other, began), TAKEOVER_SECONDS)
        leader.start()
        self.passed += 1

    def _end(self) -> None:
        self._wait("CNS equals Kubernetes after all", self._in_sync, SYNC_SECONDS)
        complaints = self._backend.complaints()
        expect(not complaints, "; ".join(complaints[:20]))
        writers = {update["holder"] for update in self._backend.updates()}
        expect(writers == {"a", "b"}, f"wrote: {writers}")
        codes = [replica.stop() for replica in self._replicas.values()]
        expect(codes == [0, 0], f"the replicas ended with {codes} on SIGTERM")
        wait_until("the Lease is free at last", lambda: self._lease.holder() == "", 5)
        self.passed += 1

    def _first_write(self, replica: Replica, since: int) -> int | None:
        return next((update["accepted_ns"] for update in self._backend.updates()
                     if update["accepted_ns"] >= since and update["holder"] == replica.name), None)

    def _edit(self) -> None:
        namespace, name = self._dice.choice(self._claims)
        labels = {"edit": str(next(self._numbers))}
        self._backend.kube.merge(f"{paths.claims(namespace)}/{name}", {"metadata": {"labels": labels}})
        self.edits += 1

    def _leader(self) -> Replica:
        name = wait_until("somebody holds the Lease", self._lease.holder, TAKEOVER_SECONDS)
        return self._replicas[name]

    def _other(self, replica: Replica) -> Replica:
        return next(one for one in self._replicas.values() if one is not replica)

    def _in_sync(self) -> bool:
        look = checker.check(self._backend.kube, self._backend.vcenters, self._backend.cluster)
        return look.compared > 0 and not look.differences

    def _wait(self, what: str, condition, seconds: float):
        def running_and_true():
            for replica in self._replicas.values():
                replica.must_run()
            return condition()

        return wait_until(what, running_and_true, seconds, every=0.1)


def main() -> int:
    options = parse()
    exit_on_signals()
    folder = options.dir or Path(tempfile.mkdtemp(prefix="syncer-failover-"))
    folder.mkdir(parents=True, exist_ok=True)
    with SimBackend(folder / "servers", options.sim.resolve(), volumes=options.volumes) as backend:
        test = Failover(options, backend, folder)
        failed = 0
        try:
            test.run()
        except (Broken, ChildDied, TimeoutError) as error:
            print(f"FAILED: {error}; logs are in {folder}")
            failed = 1
        violations = len(backend.complaints())
        updates = len(backend.updated())
    print(f"{len(test.released)} SIGTERM, first write after the release: {figures(test.released)}")
    print(f"{len(test.expired)} SIGKILL, first write after the expiry: {figures(test.expired)}")
    print(f"{test.edits} label edits, {updates} updates, {violations} complaints of the simulator")
    print(f"{test.passed} passed, {failed} failed", flush=True)
    if not failed and options.dir is None:
        shutil.rmtree(folder)
    return failed


def figures(seconds: list[float]) -> str:
    if not seconds:
        return "none"
    return f"median {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s"


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=6, help="SIGTERM and SIGKILL in turn (6)")
    parser.add_argument("--volumes", type=int, default=200)
    parser.add_argument("--timings", choices=TIMINGS, default="short",
                        help="lease duration, renew deadline, retry period: 3s/2s/0.5s or 30s/20s/10s")
    parser.add_argument("--limit", type=float, default=2.0,
                        help="seconds from the free Lease to the first write, at most (2)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--syncer", type=Path, required=True, help="the vsphere-syncer program")
    parser.add_argument("--sim", type=Path, required=True, help="the syncer-sim program")
    parser.add_argument("--dir", type=Path, help="keep everything there")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
