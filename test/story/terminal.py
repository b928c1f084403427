"""A command on a pseudo-terminal, as somebody sees and ends it who sits there."""

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
import unicodedata

from children import die_with_parent

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
HOME = "\x1b[H"
CTRL_C = b"\x03"
SECONDS = 60
COMMAND_SECONDS = 600


def width_of(line: str) -> int:
    """Columns that the text takes; colours take none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in ESCAPE.sub("", line))


def lines_of(shown: str) -> list[str]:
    return ESCAPE.sub("", shown).replace("\r\n", "\n").rstrip("\n").split("\n")


class AtTerminal:
    """Ended by its own end, or by Ctrl-C; a context that leaves nothing behind."""

    def __init__(self, command: list[str], columns: int = 80, rows: int = 24, **environment: str):
        self._ours, theirs = pty.openpty()
        self.resize(columns, rows)
        self._shown = b""

        def make_it_ours():
            die_with_parent()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self._child = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            env={**os.environ, "TERM": "xterm", **environment}, preexec_fn=make_it_ours)
        os.close(theirs)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._child.kill()
        self._child.wait()
        os.close(self._ours)

    @property
    def shown(self) -> str:
        return self._shown.decode(errors="replace")

    @property
    def pictures(self) -> list[str]:
        """What was drawn from the upper left corner on, each time; the last may not be whole yet."""
        return self.shown.split(HOME)[1:]

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def wait(self, what: str, condition) -> None:
        deadline = time.monotonic() + SECONDS
        while not condition():
            if time.monotonic() > deadline or not self._read(0.2):
                raise TimeoutError(f"{what}: not seen in {self.shown!r}")

    def press_ctrl_c(self) -> None:
        os.write(self._ours, CTRL_C)

    def end(self) -> tuple[int, str]:
        """Its exit code, when it ends, and all that was seen."""
        deadline = time.monotonic() + COMMAND_SECONDS
        while time.monotonic() < deadline and self._read(0.2):
            pass
        return self._child.wait(SECONDS), self.shown

    def _read(self, seconds: float) -> bool:
        """False: the other end is gone."""
        if not select.select([self._ours], [], [], seconds)[0]:
            return True
        with contextlib.suppress(OSError):  # what a terminal says when the other end is gone
            if piece := os.read(self._ours, 65536):
                self._shown += piece
                return True
        return False
