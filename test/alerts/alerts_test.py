"""The shipped alert rules: each fires when it should, not before, and a missed scrape changes nothing."""

import importlib.util
import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

from cases import CASES

ROOT = Path(__file__).resolve().parent.parent.parent
ALERTS = ROOT / "metrics/alerts"
RULES = ALERTS / "vsphere-syncer.rules.yaml"
SCRAPE = 30
AFTER = 900   # for so long the trouble goes on once the alert may fire
RESOLVED = 600  # after the trouble
MISSED = 4    # every fourth scrape


def rules() -> list[dict]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def promtool(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["promtool", *arguments], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def timeline(phases: list[tuple[dict, dict, int]]) -> list[dict]:
    """Series of phases (values, growth, seconds) one after the other, with missed scrapes."""
    series: dict[str, list[str]] = {name: [] for values, _, _ in phases for name in values}
    grown = dict.fromkeys(series, 0.0)
    number = 0
    for values, growth, seconds in phases:
        for _ in range(seconds // SCRAPE):
            number += 1
            for name, samples in series.items():
                grown[name] += growth.get(name, 0)
                if name not in values:
                    samples.append("_")
                elif number % MISSED == 0:
                    samples.append("stale")  # what Prometheus writes when a scrape fails
                else:
                    samples.append(f"{values[name] + grown[name]:.0f}")
    return [{"series": name, "values": " ".join(samples)} for name, samples in series.items()]


def expect(alert: str, at: int, fires: bool) -> dict:
    samples = [{"labels": f'{{alertname="{alert}"}}', "value": 1}] if fires else []
    return {"expr": f'count by (alertname) (ALERTS{{alertname="{alert}",alertstate="firing"}})',
            "eval_time": f"{at}s", "exp_samples": samples}


def every(begin: int, end: int) -> range:
    return range(begin, end, max(SCRAPE, (end - begin) // 24 // SCRAPE * SCRAPE))


def unit_tests(alert: str) -> list[dict]:
    tests = []
    for case in CASES[alert]:
        end = case.wait + AFTER
        over = end + RESOLVED
        raised = [expect(alert, at, False) for at in every(0, case.wait)]
        # From the third scrape behind the waiting time on: one of two in a row may have been missed.
        raised += [expect(alert, at, True) for at in every(case.wait + 3 * SCRAPE, end)]
        raised.append(expect(alert, over, False))
        phases = [(case.bad, case.grow, end), (case.good, case.grow_well, RESOLVED + SCRAPE)]
        tests.append({"interval": f"{SCRAPE}s", "input_series": timeline(phases),
                      "promql_expr_test": raised})
        quiet = [(case.good, case.grow_well, end)]
        tests.append({"interval": f"{SCRAPE}s", "input_series": timeline(quiet),
                      "promql_expr_test": [expect(alert, at, False) for at in every(0, end)]})
    return tests


class Rules(unittest.TestCase):
    def test_promtool_finds_nothing_wrong(self):
        checked = promtool("check", "rules", str(RULES))
        self.assertEqual(checked.returncode, 0, checked.stdout)

    def test_each_fires_when_it_should_and_not_before(self):
        self.assertEqual({rule["alert"] for rule in rules()}, set(CASES))
        for alert in CASES:
            with self.subTest(alert), tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "test.yaml"
                file.write_text(json.dumps({"rule_files": [str(RULES)], "tests": unit_tests(alert),
                                            "evaluation_interval": f"{SCRAPE}s"}))
                tested = promtool("test", "rules", str(file))
                self.assertEqual(tested.returncode, 0, tested.stdout[-3000:])

    def test_each_says_what_to_run_and_where_to_read_on(self):
        for rule in rules():
            with self.subTest(rule["alert"]):
                notes = rule["annotations"]
                self.assertIn(rule["labels"]["severity"], {"critical", "warning", "info"})
                self.assertRegex(notes["summary"], r"\. Run: (kubectl|openssl) \S")
                self.assertTrue(notes["description"])
                page = ROOT / notes["runbook_url"]
                self.assertEqual(page.stem, rule["alert"])
                self.assertTrue(page.read_text().startswith(f"# {rule['alert']}\n"))

    def test_each_runbook_has_its_alert(self):
        pages = {page.stem for page in (ROOT / "docs/runbooks").glob("VSphere*.md")}
        self.assertEqual(pages, {rule["alert"] for rule in rules()})

    def test_conditions_with_an_alert_of_their_own_exist_and_are_left_out_of_the_common_one(self):
        named = {rule["alert"]: re.findall(r'condition\{type(=|!~)"([^"]*)"', rule["expr"])
                 for rule in rules()}
        own = {kind for found in named.values() for how, kind in found if how == "="}
        common = [kinds for found in named.values() for how, kinds in found if how == "!~"]
        self.assertEqual([set(kinds.split("|")) for kinds in common], [own])
        source = (ROOT / "src/core/conditions.cc").read_text()
        for kind in own:
            self.assertIn(f'return "{kind}";', source)


class PrometheusRule(unittest.TestCase):
    def test_is_the_rule_file(self):
        spec = importlib.util.spec_from_file_location("prometheusrule", ALERTS / "prometheusrule.py")
        maker = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(maker)
        made = (ALERTS / "prometheusrule.yaml").read_text()
        self.assertEqual(made, maker.prometheus_rule(),
                         "stale: metrics/alerts/prometheusrule.py > metrics/alerts/prometheusrule.yaml")
        self.assertEqual(yaml.safe_load(made)["spec"], yaml.safe_load(RULES.read_text()))
        urls = yaml.safe_load(maker.prometheus_rule("https://git.example/x/"))["spec"]["groups"][0]["rules"]
        self.assertEqual(urls[0]["annotations"]["runbook_url"],
                         "https://git.example/x/docs/runbooks/VSphereSyncerAbsent.md")


if __name__ == "__main__":
    unittest.main()
