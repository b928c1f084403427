"""The vsphere-syncer under test, started as a user starts it."""

import contextlib
import os
import re
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from children import Child, die_with_parent, free_port
from terminal import AtTerminal

STOP_SECONDS = 15
COMMAND_SECONDS = 600


class Syncer:
    def __init__(self, program: Path, kubeconfig: Path, vsphere_config: Path, folder: Path,
                 flags: list[str]):
        self._program, self._kubeconfig = program, kubeconfig
        self.log, self._flags = folder / "vsphere-syncer.log", flags
        self._environment = {"VSPHERE_CSI_CONFIG": str(vsphere_config)}
        self._child: Child | None = None

    def start(self, *more: str, **environment: str) -> None:
        self._port, self._admin = free_port(), free_port()
        command = [str(self._program), f"--kubeconfig={self._kubeconfig}",
                   f"--metrics-bind-address=127.0.0.1:{self._port}",
                   f"--admin-bind-address=127.0.0.1:{self._admin}", *merged(self._flags, more)]
        self._child = Child("vsphere-syncer", command, self.log,
                            {**self._environment, **environment})

    def run(self, *arguments: str, flags: bool = True, **environment: str) -> tuple[int, str]:
        """A run that ends by itself, beside the one that may be running: exit code and all output."""
        command = [str(self._program), *merged(self._flags if flags else [], arguments)]
        command.insert(1 if flags else 2, f"--kubeconfig={self._kubeconfig}")
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT,
                              env={**os.environ, **self._environment, **environment},
                              timeout=COMMAND_SECONDS, preexec_fn=die_with_parent, check=False)
        text = done.stdout.decode(errors="replace")
        with open(self.log, "a", encoding="utf-8") as log:
            log.write(f"--- {' '.join(arguments)} ended with {done.returncode}\n{text}")
        return done.returncode, text

    def ask(self, command: str, *arguments: str) -> tuple[int, str]:
        """One of the commands that ask the running one: exit code and all output."""
        done = subprocess.run(
            [str(self._program), command, f"--admin-address=127.0.0.1:{self._admin}", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=COMMAND_SECONDS, preexec_fn=die_with_parent, check=False)
        return done.returncode, done.stdout.decode(errors="replace")

    def begin(self, command: str, *arguments: str) -> subprocess.Popen:
        """One that does not end by itself; the caller ends it."""
        return subprocess.Popen(
            [str(self._program), command, f"--admin-address=127.0.0.1:{self._admin}", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, preexec_fn=die_with_parent)

    def ask_at_terminal(self, command: str, *arguments: str, columns: int = 80) -> tuple[int, str]:
        """The same as somebody sees it who sits at a terminal, carriage returns included."""
        with self.at_terminal(command, *arguments, columns=columns) as terminal:
            return terminal.end()

    def at_terminal(self, command: str, *arguments: str, **how) -> AtTerminal:
        """The same, while it runs."""
        return AtTerminal([str(self._program), command, f"--admin-address=127.0.0.1:{self._admin}",
                           *arguments], **how)

    @property
    def admin_url(self) -> str:
        return f"http://127.0.0.1:{self._admin}"

    @property
    def metrics_target(self) -> str:
        return f"127.0.0.1:{self._port}"

    def must_run(self) -> None:
        self._child.must_run()

    def signal(self, number: int) -> None:
        os.kill(self._child.pid, number)

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._child.exit_code()

    def stop(self) -> int:
        """SIGTERM; returns the exit code, 0 for a clean goodbye."""
        return self._child.stop(STOP_SECONDS)

    def kill(self) -> None:
        self._child.kill()

    def idle(self, full_syncs: int = 1) -> bool:
        """It has looked at everything that often and has nothing left to do."""
        metrics = self.metrics()

        def value(name: str, **labels: str) -> float:
            return total(metrics, name, **labels)

        return (value("full_syncs_total", result="success")
                + value("full_syncs_total", result="partial") >= full_syncs
                and value("volumes", state="in_sync") >= 1
                and value("volumes", state="unknown") == 0
                and value("volumes", state="pending") == 0
                and value("queue_depth") == 0 and value("in_flight") == 0)

    def total(self, name: str, **labels: str) -> float:
        """Over all series of that name with these labels; the prefix of all names is left out."""
        return total(self.metrics(), name, **labels)

    def leads(self) -> float | None:
        """1 or 0 as the metric says; None while nobody answers, or without an election."""
        return self.metrics().get(
            ("leader_election_master_status", frozenset({("name", "vsphere-syncer")})))

    def ready(self) -> bool:
        with contextlib.suppress(OSError):
            url = f"http://127.0.0.1:{self._port}/readyz"
            return urllib.request.urlopen(url, timeout=5).status == 200
        return False

    def close(self) -> None:
        if self._child is not None:
            self._child.kill()

    def readiness(self) -> str:
        """What /readyz says; empty while nobody answers."""
        return self._text("/readyz")

    def health(self, endpoint: str) -> str:
        """Every check of readyz or livez; empty while nobody answers."""
        return self._text(f"/{endpoint}?verbose")

    def _text(self, path: str) -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=5) as answer:
                return answer.read().decode().strip()
        except urllib.error.HTTPError as refusal:
            return refusal.read().decode().strip()
        except OSError:
            return ""

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


def merged(usual: list[str], special) -> list[str]:
    """Each flag once: a special one replaces the usual one of its name."""
    named = {flag.partition("=")[0] for flag in special}
    return [*special, *(flag for flag in usual if flag.partition("=")[0] not in named)]


def total(metrics: dict[tuple, float], name: str, **labels: str) -> float:
    return sum(value for (held, pairs), value in metrics.items()
               if held == "vsphere_syncer_" + name and labels.items() <= pairs)
