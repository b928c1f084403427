"""A Prometheus of the Debian package that watches the syncer, on loopback."""

import contextlib
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import yaml

from children import Child, free_port, wait_until

START_SECONDS = 30
SCRAPE_SECONDS = 1


class Prometheus:
    def __init__(self, folder: Path, target: str, rules: dict):
        """Scrapes `target` (host:port) each second and evaluates `rules`, a parsed rule file, as often."""
        folder.mkdir()
        self._folder = folder
        (folder / "rules.yaml").write_text(yaml.safe_dump(rules))
        every = f"{SCRAPE_SECONDS}s"
        (folder / "prometheus.yaml").write_text(yaml.safe_dump({
            "global": {"scrape_interval": every, "evaluation_interval": every, "scrape_timeout": every},
            "rule_files": [str(folder / "rules.yaml")],
            "scrape_configs": [{"job_name": "vsphere-syncer", "static_configs": [{"targets": [target]}]}],
        }))

    def __enter__(self):
        port = free_port()
        self._url = f"http://127.0.0.1:{port}"
        self._child = Child("prometheus", [
            "prometheus", f"--config.file={self._folder}/prometheus.yaml",
            f"--storage.tsdb.path={self._folder}/data", f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn"], self._folder / "prometheus.log")
        try:
            wait_until("Prometheus ready", self._ready, START_SECONDS)
        except BaseException:
            self._child.stop()
            raise
        return self

    def __exit__(self, *exception):
        self._child.stop()

    def query(self, expression: str) -> list[dict]:
        """The samples of an instant query; ValueError when Prometheus refuses it."""
        return self._get("query", query=expression)["result"]

    def value(self, expression: str) -> float | None:
        """Of the one sample; None when there is none."""
        found = self.query(expression)
        return float(found[0]["value"][1]) if found else None

    def alerts(self) -> dict[str, str]:
        """pending or firing, by alert and vCenter."""
        return {" ".join(filter(None, (alert["labels"]["alertname"], alert["labels"].get("vc"),
                                       alert["labels"].get("type")))): alert["state"]
                for alert in self._get("alerts")["alerts"]}

    def firing(self) -> list[dict]:
        """Alerts with their labels and annotations."""
        return [alert for alert in self._get("alerts")["alerts"] if alert["state"] == "firing"]

    def summary(self, alert: str) -> str:
        """What the alert that is up now says to people."""
        return next(one["annotations"]["summary"] for one in self._get("alerts")["alerts"]
                    if one["labels"]["alertname"] == alert)

    def _ready(self) -> bool:
        self._child.must_run()
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(self._url + "/-/ready", timeout=5).status == 200
        return False

    def _get(self, path: str, **arguments: str) -> dict:
        self._child.must_run()
        url = f"{self._url}/api/v1/{path}?{urllib.parse.urlencode(arguments)}"
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as refusal:
            raise ValueError(f"{arguments}: {refusal.read().decode()[:500]}") from None


class Timeline:
    """When each alert changed its state, in seconds since the beginning."""

    def __init__(self, prometheus: Prometheus, say):
        self._prometheus, self._say = prometheus, say
        self._began = time.monotonic()
        self._last: dict[str, str] = {}

    def look(self) -> dict[str, str]:
        now = self._prometheus.alerts()
        for alert in sorted(now.keys() | self._last.keys()):
            state = now.get(alert, "inactive")
            if state != self._last.get(alert, "inactive"):
                self.note(f"{alert} is {state}")
        self._last = now
        return now

    def note(self, what: str) -> None:
        self._say(f"{time.monotonic() - self._began:6.1f} s  {what}")
