"""Child processes that never outlive the test: started with a log file, ended by process id."""

import contextlib
import ctypes
import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path


class ChildDied(RuntimeError):
    """A server or the syncer ended when it should be running."""


def free_port() -> int:
    """A loopback port nobody listens on.

    From below the range that the kernel gives to clients: a client that keeps trying a server which
    is being restarted could otherwise be given the very port of that server.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port


def die_with_parent() -> None:
    """Runs in the child before exec: the kernel ends it when the test itself is killed."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, signal.SIGKILL)


class Child:
    """One running program. Its output goes to `log`, appended over restarts."""

    def __init__(self, name: str, argv: list[str], log: Path, env: dict[str, str] | None = None):
        self.name = name
        self.log = log
        with open(log, "ab") as sink:
            self._process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink,
                env={**os.environ, **(env or {})}, preexec_fn=die_with_parent)

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it runs; minus the signal number if a signal ended it."""
        return self._process.poll()

    def must_run(self) -> None:
        code = self.exit_code()
        if code is not None:
            raise ChildDied(f"{self.name} ended with {code}; the end of its log:\n{self.tail()}")

    def tail(self, lines: int = 25) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self, grace: float = 20.0) -> int:
        """SIGTERM, then SIGKILL when it is still there after `grace` seconds. Returns the exit code."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(grace)
            except subprocess.TimeoutExpired:
                self.kill()
        return self._process.returncode

    def wait(self) -> int:
        """Until it ends by itself; its exit code."""
        return self._process.wait()

    def kill(self) -> int:
        """SIGKILL: the program gets no chance to say goodbye."""
        self._process.kill()
        self._process.wait()
        return self._process.returncode


def wait_until(what: str, condition, deadline: float, every: float = 0.1):
    """Polls until `condition()` is truthy and returns it; TimeoutError names `what` after `deadline` s."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise TimeoutError(f"{what}: not within {deadline:.0f} s")
        time.sleep(every)
