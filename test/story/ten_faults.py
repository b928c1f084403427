#!/usr/bin/env python3
"""Ten faults, one after the other, each on simulators of its own: metric, alert, log, status and explain
must name the cause in words that lead to the cure. Alert rules run in fast motion.

Prints a table, with --write puts it into docs/runbooks/README.md, and ends with "N passed, N failed".
"""

import argparse
import json
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import alert_rules
import expired
import kube as paths
from backend_sim import SimBackend
from children import ChildDied, wait_until
from cns import Entity
from desired import PV, handle_of, key_of
from prometheus import Prometheus
from story import exit_on_signals, say
from syncer import Syncer
from telling import Broken, expect

ROOT = Path(__file__).resolve().parent.parent.parent
TABLE = ROOT / "docs/runbooks/README.md"
BEGIN, END = "<!-- ten-faults: begin -->", "<!-- ten-faults: end -->"
VOLUMES, SECONDS = 60, 240
ELECTION = ("--leader-election", "--leader-election-namespace=vmware-system-csi",
            "--leader-election-identity=a")
NO = ("--leader-election=false",)


@dataclass
class Fault:
    """One thing that goes wrong: how it is made, and the words by which it must be named."""

    name: str
    make: object  # (stage): called when the syncer is idle, or before it starts
    condition: str
    alert: str
    words: tuple[str, ...]  # log, status and explain each say one of them
    flags: tuple[str, ...] = NO
    before_start: bool = False
    cluster: tuple[str, ...] = ()
    prepare: object = None  # (folder): before the simulators start
    explains: str = "explains"  # name of the method of Stage that asks


@dataclass
class Seen:
    metric: str = ""
    alert: str = ""
    log: str = ""
    status: str = ""
    explain: str = ""
    missing: list[str] = field(default_factory=list)


class Stage:
    """The simulators and the syncer of one fault."""

    def __init__(self, backend, syncer):
        self.backend, self.syncer = backend, syncer
        self.claim = next(key_of(claim) for claim in backend.kube.list("/api/v1/persistentvolumeclaims"))

    def edit(self, value: str = "yes") -> None:
        namespace, name = self.claim
        self.backend.kube.merge(f"{paths.claims(namespace)}/{name}",
                                {"metadata": {"labels": {"fault": value}}})

    def explains(self) -> str:
        return self.syncer.ask("explain", "/".join(self.claim))[1]

    def full_sync(self) -> None:
        self.syncer.ask("resync-all", "--yes", "--wait", "--timeout=60s")


def vcenter_down(stage: Stage) -> None:
    stage.backend.vcenter("down")
    stage.edit()


def api_server_down(stage: Stage) -> None:
    stage.backend.kube_command("down")


def bad_password(stage: Stage) -> None:
    stage.backend.vcenter("password", {"password": "another one"})
    stage.backend.vcenter("expire_sessions")
    stage.edit()


def missing_privilege(stage: Stage) -> None:
    stage.backend.vcenter("privilege", {"privilege": "Cns.Searchable", "on": False})
    stage.edit()
    stage.syncer.ask("resync-all", "--yes")


def twin(stage: Stage) -> None:
    """Another cluster of our id writes its own name over ours whenever we have put it right."""
    stage.conflicted = next(handle_of(pv) for pv in stage.backend.kube.list(paths.VOLUMES)
                            if (pv["spec"].get("claimRef") or {}).get("name") == stage.claim[1])
    for _ in range(4):
        stage.backend.set_entities(stage.conflicted, [
            Entity(kind=PV, name="pv-of-the-twin", namespace="", cluster=stage.backend.cluster,
                   labels=(), refers=())])
        stage.full_sync()


def poisoned(stage: Stage) -> None:
    namespace, name = stage.claim
    claim = stage.backend.kube.get(f"{paths.claims(namespace)}/{name}")
    path = f"{paths.VOLUMES}/{claim['spec']['volumeName']}"
    pv = stage.backend.kube.get(path)
    pv["spec"]["csi"]["volumeHandle"] = ""
    stage.backend.kube_command("put", {"resource": "persistentvolumes", "object": pv})


def mass_missing(stage: Stage) -> None:
    for pv in stage.backend.kube.list(paths.VOLUMES):
        claim = pv["spec"].get("claimRef") or {}
        if claim.get("name") == stage.claim[1]:
            continue
        stage.backend.kube_command("remove", {"resource": "persistentvolumes",
                                              "name": pv["metadata"]["name"]})
    lost = {pv["spec"]["csi"]["volumeHandle"] for pv in stage.backend.kube.list(paths.VOLUMES)}
    stage.lost = next(volume for volume in stage.backend.volumes() if volume not in lost)


def slow(stage: Stage) -> None:
    stage.backend.vcenter("task_time", {"ms": 600_000})
    stage.edit()


def nothing(stage: Stage) -> None:
    pass


def no_leader(stage: Stage) -> None:
    for verb in ("create", "update"):
        stage.backend.kube_command("answer", {"times": 1_000_000, "status": 403, "verb": verb,
                                              "resource": "leases"})


CONDITION = "VSphereSyncerCondition"
FAULTS = [
    Fault("vCenter down", vcenter_down, "VCenterUnavailable", "VSphereSyncerStale",
          ("VCenterUnavailable",)),
    Fault("API server down", api_server_down, "ApiServerUnavailable", CONDITION,
          ("ApiServerUnavailable",)),
    Fault("bad password", bad_password, "CredentialsRejected", "VSphereSyncerCredentialsRejected",
          ("CredentialsRejected",)),
    Fault("missing privilege", missing_privilege, "MissingPrivileges", CONDITION,
          ("MissingPrivileges",)),
    Fault("a cluster of the same id", twin, "ClusterIdConflict", "VSphereSyncerClusterIdConflict",
          ("ClusterIdConflict",)),
    Fault("poisoned PV", poisoned, "ObjectsUndecodable", CONDITION,
          ("ObjectsUndecodable",)),
    Fault("most PVs gone", mass_missing, "MassMissing", "VSphereSyncerMassMissing",
          ("MassMissing",), flags=ELECTION, before_start=True),
    Fault("slow CNS", slow, "CnsSlow", "VSphereSyncerStale", ("CnsSlow",)),
    Fault("expired certificate", nothing, "VCenterUnavailable", CONDITION, ("expired",),
          before_start=True, cluster=("--vcenters=2",), prepare=expired.second_vcenter),
    Fault("no leader", no_leader, "NoLeader", CONDITION, ("NoLeader", "nobody leads"),
          flags=ELECTION, before_start=True),
]


class TenFaults:
    def __init__(self, options, folder: Path):
        self._options, self._folder = options, folder

    def run(self, fault: Fault, number: int) -> Seen:
        folder = self._folder / f"fault-{number}"
        backend = SimBackend(folder / "sim", self._options.sim.resolve(), volumes=VOLUMES,
                             flags=("--in-sync", *fault.cluster), prepare=fault.prepare)
        with backend:
            syncer = Syncer(self._options.syncer.resolve(), backend.kubeconfig, backend.vsphere_config,
                            folder, [*fault.flags, "--bulk-rate=0", "--late-task-window=600s"])
            try:
                stage = Stage(backend, syncer)
                if fault.before_start:
                    fault.make(stage)
                syncer.start()
                with Prometheus(folder / "prometheus", syncer.metrics_target,
                                alert_rules.in_fast_motion()) as prometheus:
                    if not fault.before_start:
                        wait_until("everything in sync", syncer.idle, SECONDS, every=0.25)
                        fault.make(stage)
                    return self._look(fault, stage, prometheus)
            finally:
                syncer.close()

    def _look(self, fault: Fault, stage: Stage, prometheus: Prometheus) -> Seen:
        syncer, seen = stage.syncer, Seen()
        sample = f'vsphere_syncer_condition{{type="{fault.condition}"}}'
        channels = {
            "metric": lambda: f"`{sample}` 1" if (prometheus.value(f"max({sample})") or 0) == 1 else "",
            "alert": lambda: firing(prometheus, fault),
            "log": lambda: first_line(messages(syncer.log), fault.words),
            "status": lambda: first_line(syncer.ask("status")[1], fault.words),
            "explain": lambda: first_line(getattr(stage, fault.explains)(), fault.words),
        }
        for channel, look in channels.items():
            try:
                setattr(seen, channel, wait_until(f"{fault.name}: {channel}", look, SECONDS, every=0.5))
            except TimeoutError:
                seen.missing.append(channel)
            say(f"{fault.name}: {channel}: {getattr(seen, channel) or 'NOTHING'}")
        return seen


def firing(prometheus: Prometheus, fault: Fault) -> str:
    """The summary of the alert when it fires, of this condition where the alert is for all."""
    for alert in prometheus.firing():
        labels = alert["labels"]
        if labels["alertname"] == fault.alert and labels.get("type", fault.condition) == fault.condition:
            return f"{fault.alert}: {alert['annotations']['summary'].partition(' Run: ')[0]}"
    return ""


def messages(log: Path) -> str:
    """Warnings and errors, as people read them."""
    lines = (json.loads(line) for line in log.read_text(errors="replace").splitlines()
             if line.startswith("{"))
    return "\n".join(line["msg"] for line in lines if line["level"] in ("warning", "error"))


def first_line(text: str, words: tuple[str, ...]) -> str:
    return next((line.strip() for word in words for line in text.splitlines() if word in line), "")


def table(rows: list[tuple[Fault, Seen]]) -> str:
    lines = ["| Fault | Metric | Alert | Log | `status` | `explain` |", "|---|---|---|---|---|---|"]
    for fault, seen in rows:
        cells = [fault.name, seen.metric, seen.alert, seen.log, seen.status, seen.explain]
        lines.append("| " + " | ".join(tidy(cell) for cell in cells) + " |")
    return "\n".join(lines)


def tidy(cell: str) -> str:
    """Fit for a table, without what differs from run to run."""
    cell = re.sub(r"127\.0\.0\.\d(:\d+)?", "vc.example", cell)
    return cell.replace("|", "\\|")[:300] or "nothing"


def write(text: str) -> None:
    before, _, rest = TABLE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    TABLE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--syncer", type=Path, required=True)
    parser.add_argument("--sim", type=Path, required=True)
    parser.add_argument("--only", help="the faults whose names hold this")
    parser.add_argument("--write", action="store_true", help="the table into docs/runbooks/README.md")
    parser.add_argument("--dir", type=Path, help="keep everything there")
    return parser.parse_args()


def main() -> int:
    exit_on_signals()
    options = parse()
    if shutil.which("prometheus") is None:
        print("prometheus is not installed: scripts/setup installs it\n0 passed, 1 failed")
        return 1
    rows, passed, failed = [], 0, 0
    with tempfile.TemporaryDirectory(prefix="ten-faults-") as scratch:
        folder = options.dir or Path(scratch)
        for number, fault in enumerate(FAULTS, 1):
            if options.only and options.only not in fault.name:
                continue
            say(f"==> {number}. {fault.name}")
            try:
                seen = TenFaults(options, folder).run(fault, number)
                expect(not seen.missing, f"{fault.name} is not named by {', '.join(seen.missing)}")
                passed += 1
            except (Broken, ChildDied, TimeoutError, ValueError, OSError) as error:
                say(f"FAILED: {error}")
                failed += 1
            else:
                rows.append((fault, seen))
    print(table(rows))
    if options.write and not failed:
        write(table(rows))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
