"""A name server that answers for some names and never for others, and a way to have only that one.

Names are looked up by the C library, which asks port 53 of the addresses in /etc/resolv.conf. A
program started with `only(server, folder)` sees another /etc/resolv.conf than the rest of the
machine: a mount namespace of its own, which takes root.
"""

import contextlib
import random
import socket
import struct
import subprocess
import threading
from pathlib import Path

_A, _IN = 1, 1
_HEADER = struct.Struct("!6H")
_RESPONSE = 0x8580  # an answer, authoritative, recursion desired and available
# Mounted over the files of the same name, then the program takes the shell's place.
_MOUNT_AND_RUN = """set -e
for file in resolv.conf nsswitch.conf hosts; do mount --bind "$1/$file" "/etc/$file"; done
shift
exec "$@" """


class CannotIsolate(RuntimeError):
    """No mount namespace, or no socket on port 53: mostly because we are not root."""


def question_of(query: bytes) -> tuple[str, int, bytes]:
    """Name and type that a query asks for, and the question as sent. ValueError if it is none."""
    if len(query) < _HEADER.size or _HEADER.unpack_from(query)[2] != 1:
        raise ValueError("not one question")
    labels, at = [], _HEADER.size
    while at < len(query) and query[at] != 0:
        labels.append(query[at + 1:at + 1 + query[at]].decode("ascii", "replace"))
        at += 1 + query[at]
    end = at + 5
    if end > len(query):
        raise ValueError("the question is cut off")
    return ".".join(labels).lower(), struct.unpack_from("!H", query, at + 1)[0], query[_HEADER.size:end]


def answer_to(query: bytes, address: str) -> bytes:
    """One A record; no records for other types."""
    _, kind, question = question_of(query)
    answers = 1 if kind == _A else 0
    reply = _HEADER.pack(_HEADER.unpack_from(query)[0], _RESPONSE, 1, answers, 0, 0) + question
    if answers:
        reply += struct.pack("!HHHLH", 0xC000 | _HEADER.size, _A, _IN, 1, 4) + socket.inet_aton(address)
    return reply


class DarkDns:
    """Listens on port 53 of a loopback address of its own. Names map to an address, or to None:
    queries for those are received and never answered. Unknown names are treated the same."""

    def __init__(self, names: dict[str, str | None]):
        self._names = {name.lower(): address for name, address in names.items()}
        self.answered = self.unanswered = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.address = f"127.53.{random.randrange(256)}.{random.randrange(1, 255)}"

    def __enter__(self):
        try:
            self._socket.bind((self.address, 53))
        except OSError as error:
            self._socket.close()
            raise CannotIsolate(f"cannot listen on port 53 of {self.address}: {error}") from error
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception):
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread
        self._thread.join(2)
        self._socket.close()

    def _serve(self):
        while True:
            try:
                query, sender = self._socket.recvfrom(4096)
                if not query:
                    return
                address = self._names.get(question_of(query)[0])
                if address is None:
                    self.unanswered += 1
                    continue
                self.answered += 1
                self._socket.sendto(answer_to(query, address), sender)
            except ValueError:
                continue
            except OSError:
                return


def check_namespaces() -> None:
    """CannotIsolate, with the reason, where a program cannot get files of its own."""
    try:
        tried = subprocess.run(["unshare", "--mount", "--propagation", "private", "mount", "--bind",
                                "/etc/hosts", "/etc/hosts"], capture_output=True, text=True)
    except OSError as error:
        raise CannotIsolate(f"unshare: {error}") from error
    if tried.returncode != 0:
        raise CannotIsolate(f"no mount namespace (are you root?): {tried.stderr.strip()}")


def only(server: str, folder: Path) -> list[str]:
    """The command that goes before a program so that it asks this name server and no other."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "resolv.conf").write_text(f"nameserver {server}\n")
    (folder / "nsswitch.conf").write_text("hosts: files dns\n")
    (folder / "hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", _MOUNT_AND_RUN, "sh",
            str(folder)]
