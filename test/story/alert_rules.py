"""The shipped alert rules in fast motion, for a test that cannot wait for hours."""

import re
from pathlib import Path

import yaml

SPEED = 30
RULES = Path(__file__).resolve().parent.parent.parent / "metrics/alerts/vsphere-syncer.rules.yaml"
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d+)([smhd])")
# An age that is a plain number of seconds.
_AGE = re.compile(r"(vsphere_syncer_oldest_pending_seconds\[\w+\]\) > )(\d+)$", re.MULTILINE)


def faster(duration: str) -> str:
    number, unit = _DURATION.fullmatch(duration).groups()
    return f"{max(1, int(number) * UNITS[unit] // SPEED)}s"


def shipped() -> dict:
    return yaml.safe_load(RULES.read_text())


def in_fast_motion() -> dict:
    """The rule file with every waiting time, every range and the age of VSphereSyncerStale divided."""
    rules = shipped()
    for group in rules["groups"]:
        for rule in group["rules"]:
            rule["for"] = faster(rule["for"])
            rule["expr"] = re.sub(r"\[(\w+)\]", lambda range_: f"[{faster(range_[1])}]", rule["expr"])
            rule["expr"] = _AGE.sub(lambda age: f"{age[1]}{int(age[2]) // SPEED}", rule["expr"])
    return rules
