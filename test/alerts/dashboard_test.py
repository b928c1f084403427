"""The dashboard is what its script makes, and asks only for metrics that exist."""

import json
import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DASHBOARDS = ROOT / "metrics/dashboards"
FILE = DASHBOARDS / "vsphere-syncer.json"
DEFINED = set(re.findall(r"^\| `([a-z_]+)", (ROOT / "docs/metrics.md").read_text(), re.MULTILINE))
METRIC = re.compile(r"\b(?:vsphere|process|workqueue|rest_client|leader_election)_[a-z_]+\b")


def defined(text: str) -> set[str]:
    """The metrics in a PromQL expression, by the names that they have in docs/metrics.md."""
    return {name if name in DEFINED else re.sub(r"_(?:bucket|sum|count)$", "", name)
            for name in METRIC.findall(text)}


class Dashboard(unittest.TestCase):
    def setUp(self):
        self.made = json.loads(FILE.read_text())

    def test_is_made_by_its_script(self):
        made = subprocess.run([DASHBOARDS / "make.py"], stdout=subprocess.PIPE, text=True, check=True)
        self.assertEqual(made.stdout, FILE.read_text(), "stale: metrics/dashboards/make.py > " + str(FILE))

    def test_is_of_grafana_11_and_has_every_row(self):
        self.assertGreaterEqual(self.made["schemaVersion"], 39)
        rows = [panel["title"] for panel in self.made["panels"] if panel["type"] == "row"]
        self.assertEqual(rows, ["Overview", "Per vCenter", "Queue", "Calls", "Full sync", "Fail-over"])

    def test_panels_have_ids_of_their_own_and_do_not_overlap(self):
        taken = set()
        for panel in self.made["panels"]:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                     for y in range(at["y"], at["y"] + at["h"])}
            self.assertFalse(cells & taken, panel["title"])
            self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
            taken |= cells
        self.assertEqual(len({panel["id"] for panel in self.made["panels"]}), len(self.made["panels"]))

    def test_asks_for_metrics_that_exist(self):
        queries = [target["expr"] for panel in self.made["panels"] for target in panel.get("targets", [])]
        self.assertGreater(len(queries), 40)
        for query in queries:
            self.assertTrue(defined(query), query)
            self.assertLessEqual(defined(query), DEFINED, query)


class Rules(unittest.TestCase):
    def test_ask_for_metrics_that_exist(self):
        rules = (ROOT / "metrics/alerts/vsphere-syncer.rules.yaml").read_text()
        self.assertLessEqual(defined(rules) - {"vsphere_syncer"}, DEFINED)


if __name__ == "__main__":
    unittest.main()
