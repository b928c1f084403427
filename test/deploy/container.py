#!/usr/bin/env python3
"""Runs a program in a root file system as a kubelet's runtime would: read-only, as uid 65532, without rights.

    container.py --root DIR --bind /host/path:/path... --env NAME=VALUE... -- /bin/vsphere-syncer ARGUMENTS

It becomes that program: the process id stays. Its environment is what --env says and no more. It shares
the network of the host. Needs root; no seccomp filter.
"""

import argparse
import ctypes
import os
import signal
import socket
from pathlib import Path

USER = 65532
CLONE_NEWNS, CLONE_NEWUTS = 0x00020000, 0x04000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = (
    1, 2, 4, 0x20, 0x1000, 0x4000, 1 << 18)
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38
READ_ONLY = MS_REMOUNT | MS_BIND | MS_RDONLY
LAST_CAPABILITY = int(Path("/proc/sys/kernel/cap_last_cap").read_text())
# Of the host, as a runtime gives them to every container.
FROM_HOST = ("/dev/null", "/dev/zero", "/dev/urandom", "/etc/resolv.conf", "/etc/hosts")

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--bind", action="append", default=[], help="HOST:INSIDE, read-only")
    parser.add_argument("--env", action="append", default=[])
    parser.add_argument("--hostname", default="vsphere-csi-controller-0")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    run(options.root.resolve(), [tuple(each.split(":")) for each in options.bind],
        dict(each.split("=", 1) for each in options.env), options.hostname, options.command)


def run(root: Path, binds: list[tuple[str, str]], environment: dict[str, str], hostname: str,
        command: list[str]) -> None:
    """Becomes the command. What is bound must be there; mount points are made in the root."""
    binds = [*((path, path) for path in FROM_HOST), *binds]
    for host, inside in binds:
        _make_mount_point(Path(host), root / inside.lstrip("/"))
    (root / "proc").mkdir(exist_ok=True)

    _check(_libc.unshare(CLONE_NEWNS | CLONE_NEWUTS), "unshare")
    _mount(None, "/", MS_REC | MS_PRIVATE)
    socket.sethostname(hostname)
    _mount(root, root, MS_BIND)
    for host, inside in binds:
        _mount(host, root / inside.lstrip("/"), MS_BIND)
        if not inside.startswith("/dev/"):
            _mount(None, root / inside.lstrip("/"), READ_ONLY)
    _mount("proc", root / "proc", MS_NOSUID | MS_NODEV, "proc")
    _mount(None, root, READ_ONLY)

    os.chroot(root)
    os.chdir("/")
    _give_up_rights()
    os.execve(command[0], command, environment)


def _give_up_rights() -> None:
    for capability in range(LAST_CAPABILITY + 1):
        _check(_libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "drop a capability")
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    _check(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")
    # A change of user forgets what the parent asked for: to be ended with it.
    _check(_libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "end with the parent")


def _make_mount_point(host: Path, target: Path) -> None:
    if host.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()


def _mount(source, target, flags: int, kind: str | None = None) -> None:
    def text(value):
        return None if value is None else str(value).encode()

    _check(_libc.mount(text(source), text(target), text(kind), ctypes.c_ulong(flags), None),
           f"mount {source or kind} on {target}")


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


if __name__ == "__main__":
    main()
