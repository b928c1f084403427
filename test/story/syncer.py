"""The vsphere-syncer under test, started as a user starts it."""

import re
import urllib.request
from pathlib import Path

from children import Child, free_port

STOP_SECONDS = 15


class Syncer:
    def __init__(self, program: Path, kubeconfig: Path, vsphere_config: Path, folder: Path,
                 flags: list[str]):
        self._program, self._kubeconfig, self._vsphere_config = program, kubeconfig, vsphere_config
        self._log, self._flags = folder / "vsphere-syncer.log", flags
        self._child: Child | None = None

    def start(self) -> None:
        self._port = free_port()
        command = [str(self._program), f"--kubeconfig={self._kubeconfig}",
                   f"--metrics-bind-address=127.0.0.1:{self._port}", *self._flags]
        self._child = Child("vsphere-syncer", command, self._log,
                            {"VSPHERE_CSI_CONFIG": str(self._vsphere_config)})

    def must_run(self) -> None:
        self._child.must_run()

    def stop(self) -> int:
        """SIGTERM; returns the exit code, 0 for a clean goodbye."""
        return self._child.stop(STOP_SECONDS)

    def kill(self) -> None:
        self._child.kill()

    def idle(self) -> bool:
        """It has looked at everything once and has nothing left to do."""
        metrics = self.metrics()

        def value(name: str, **labels: str) -> float:
            return sum(v for (n, held), v in metrics.items()
                       if n == "vsphere_syncer_" + name and labels.items() <= held)

        return (value("full_syncs_total", result="success") >= 1
                and value("volumes", state="in_sync") >= 1
                and value("volumes", state="unknown") == 0
                and value("volumes", state="pending") == 0
                and value("queue_depth") == 0 and value("in_flight") == 0)

    def close(self) -> None:
        if self._child is not None:
            self._child.kill()

    def metrics(self) -> dict[tuple, float]:
        """Samples of /metrics by (name, label pairs); empty while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=5) as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return {}
        samples = (re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line) for line in lines)
        return {(s[1], frozenset(re.findall(r'(\w+)="([^"]*)"', s[2] or ""))): float(s[3])
                for s in samples if s}
