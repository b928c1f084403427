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
        return self.metrics().get("naive_idle") == 1

    def close(self) -> None:
        if self._child is not None:
            self._child.kill()

    def metrics(self) -> dict[str, float]:
        """Samples of /metrics by `name{labels}` as written there; empty while it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=5) as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return {}
        samples = (re.fullmatch(r"([^#\s][^{\s]*(?:\{.*\})?) (\S+)", line) for line in lines)
        return {sample[1]: float(sample[2]) for sample in samples if sample}
