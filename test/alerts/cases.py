"""For each alert: series that must raise it, how soon at the earliest, and series that must not.

Scraped every 30 s. A missed scrape is put in by the test.
"""

from dataclasses import dataclass, field

VC = 'job="syncer",instance="a",vc="vc.example"'
ONE = 'job="syncer",instance="a"'
DAY = 86400


@dataclass
class Case:
    bad: dict[str, float]  # series -> value; what is in `grow` is added with every scrape
    good: dict[str, float]
    wait: int              # seconds for which the alert must not fire yet
    grow: dict[str, float] = field(default_factory=dict)
    grow_well: dict[str, float] = field(default_factory=dict)  # of the good ones


def condition(kind: str) -> str:
    return f'vsphere_syncer_condition{{type="{kind}",{VC}}}'


def leads(value: int) -> dict[str, float]:
    return {f'leader_election_master_status{{name="vsphere-syncer",{ONE}}}': value,
            f'vsphere_syncer_info{{version="1",{ONE}}}': 1}


def full_sync(success: float, start: int = 0) -> dict[str, float]:
    return {f"vsphere_syncer_full_sync_last_success_timestamp_seconds{{{VC}}}": success,
            f"vsphere_syncer_full_sync_interval_seconds{{{ONE}}}": 1800,
            f"process_start_time_seconds{{{ONE}}}": start}


def gauge(name: str, bad: float, good: float, wait: int, labels: str = VC) -> Case:
    series = f"{name}{{{labels}}}"
    return Case({series: bad}, {series: good}, wait)


OK = f'vsphere_syncer_vcenter_calls_total{{operation="Login",result="ok",{VC}}}'
FAILED = f'vsphere_syncer_vcenter_calls_total{{operation="Login",result="transient",{VC}}}'

CASES = {
    "VSphereSyncerAbsent": [
        Case(leads(0), leads(1), 600),
        # Without an election the process itself is the leader.
        Case({"up": 1}, {f'vsphere_syncer_info{{version="1",{ONE}}}': 1}, 600),
    ],
    "VSphereSyncerStale": [gauge("vsphere_syncer_oldest_pending_seconds", 31, 30, 30)],
    "VSphereSyncerFullSyncStale": [
        # Time begins at 0: a success then is too old after 5,400 s, and a process of then likewise.
        Case(full_sync(1), full_sync(1e6), 5400 + 900),
        Case(full_sync(0, start=3), full_sync(0, start=100000), 5400 + 900),
    ],
    "VSphereSyncerPartial": [
        gauge("vsphere_syncer_volumes", 1, 0, 7200, f'state="failed",{VC}'),
        Case({f'vsphere_syncer_volumes{{state="failed",{VC}}}': 2},
             {f'vsphere_syncer_volumes{{state="pending",{VC}}}': 2}, 7200),
    ],
    "VSphereSyncerCredentialsRejected": [
        Case({condition("CredentialsRejected"): 1}, {condition("CredentialsRejected"): 0}, 60)],
    "VSphereSyncerClusterIdConflict": [
        Case({condition("ClusterIdConflict"): 1}, {condition("ClusterIdConflict"): 0}, 300)],
    "VSphereSyncerMassMissing": [
        Case({condition("MassMissing"): 1}, {condition("MassMissing"): 0}, 60)],
    "VSphereSyncerCondition": [
        Case({condition("ViewWentBack"): 1}, {condition("ViewWentBack"): 0}, 300),
        # One with an alert of its own does not raise two.
        Case({condition("SomethingNew"): 1}, {condition("MassMissing"): 1}, 300),
    ],
    "VSphereSyncerBacklog": [gauge("vsphere_syncer_queue_depth", 1001, 1000, 900)],
    "VSphereVCenterErrorRate": [
        Case({OK: 0, FAILED: 0}, {OK: 0, FAILED: 0}, 900, {OK: 94, FAILED: 6}, {OK: 96, FAILED: 4}),
        Case({FAILED: 0}, {OK: 0}, 900, {FAILED: 1}, {OK: 1}),
    ],
    "VSphereVCenterCertExpiring": [
        gauge("vsphere_syncer_vcenter_certificate_expiry_timestamp_seconds", 13 * DAY, 30 * DAY, 3600)],
    "VSphereOrphanVolumes": [gauge("vsphere_syncer_cns_volumes_without_pv", 1, 0, 6 * 3600)],
}
