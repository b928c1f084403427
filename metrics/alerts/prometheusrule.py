#!/usr/bin/env python3
"""Prints the rules of vsphere-syncer.rules.yaml as a PrometheusRule object of the Prometheus operator.

  metrics/alerts/prometheusrule.py > metrics/alerts/prometheusrule.yaml
  metrics/alerts/prometheusrule.py --runbooks https://git.example/vsphere-syncer/blob/main | kubectl apply -f -
"""

import argparse
import sys
from pathlib import Path

import yaml

RULES = Path(__file__).with_name("vsphere-syncer.rules.yaml")
HEAD = "# Made from vsphere-syncer.rules.yaml by prometheusrule.py: change that file.\n"


def rules(runbooks: str = "") -> dict:
    """The rule file, with the URL of the source tree before every runbook's path."""
    found = yaml.safe_load(RULES.read_text())
    if runbooks:
        for group in found["groups"]:
            for rule in group["rules"]:
                notes = rule["annotations"]
                notes["runbook_url"] = runbooks.rstrip("/") + "/" + notes["runbook_url"]
    return found


def prometheus_rule(runbooks: str = "") -> str:
    thing = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "vsphere-syncer", "namespace": "vmware-system-csi",
                     "labels": {"app": "vsphere-csi-controller"}},
        "spec": rules(runbooks),
    }
    return HEAD + yaml.safe_dump(thing, sort_keys=False, width=1000)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runbooks", default="", help="URL of the source tree, before every runbook's path")
    sys.stdout.write(prometheus_rule(parser.parse_args().runbooks))
