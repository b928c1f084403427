#!/usr/bin/env python3
"""The image as a container: what is in it starts, as uid 65532, read-only, against syncer-sim.

Exit codes: 0 all passed, 1 something failed, 77 skipped (it takes root to make a container).
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import manifests
from pod import Pod, PodSyncer, no_containers_because, sidecar, trial

import story
from backend_sim import SimBackend
from children import free_port
from telling import CREATE, DELETE, FIRST_SYNC_SECONDS, UPDATE, Telling, expect

VOLUMES = 200
SKIPPED = 77
UID = "65532"


class Image(Telling):
    def __init__(self, rootfs: Path, backend, folder: Path, say):
        port = free_port()
        alone = {**sidecar(), "args": [
            *(each for each in sidecar()["args"] if not each.startswith("--leader-election")),
            f"--metrics-bind-address=127.0.0.1:{port}"]}
        self._pod = pod_of(rootfs, alone, backend, folder / "pod")
        self._trial = pod_of(rootfs, trial(), backend, folder / "trial")
        super().__init__(backend, PodSyncer(self._pod, folder, port), say)

    def close(self) -> None:
        self._syncer.close()

    def chapters(self) -> list:
        return [("it prints its version and its help", self.prints),
                ("it leaves the kubelet the reason why it ended", self.refuses),
                ("the trial finds what differs and changes nothing", self.trial_before),
                ("it brings the cluster in sync, without rights and without a place to write", self.serves),
                ("the trial beside it finds nothing", self.trial_beside),
                ("it says goodbye", self._goodbye)]

    def prints(self) -> None:
        for flag, wanted in (("--version", "vsphere-syncer "), ("--help", "--kubeconfig")):
            done = self._pod.run(flag)
            expect(done.returncode == 0 and wanted in done.stdout, f"{flag}: {done}")

    def refuses(self) -> None:
        done = self._pod.run("--no-such-flag=1")
        expect(done.returncode == 2, f"it ended with {done.returncode}")
        reason = self._pod.termination_log.read_text()
        expect("no-such-flag" in reason, f"the termination log says {reason!r}")

    def trial_before(self) -> None:
        differing = self._look().differences
        done = self._trial.run()
        expect(done.returncode == 1, f"the trial ended with {done.returncode}: {done.stderr[-500:]}")
        silent = [handle for handle in differing if handle not in done.stdout]
        expect(differing and not silent, f"of {len(differing)} volumes it does not name {silent[:3]}")
        expect(self._writes() == 0, "the trial wrote to vCenter")

    def serves(self) -> None:
        self._syncer.start()
        self._in_sync(FIRST_SYNC_SECONDS)
        self._wait("ready", self._syncer.ready)
        status, mounts = self._syncer.status(), self._syncer.mounts()
        expect(status["Uid"].split() == [UID] * 4 and status["Gid"].split() == [UID] * 4,
               f"it runs as {status['Uid']}, {status['Gid']}")
        expect(status["CapEff"] == status["CapBnd"] == "0" * 16, f"it has rights: {status['CapBnd']}")
        writable = [path for path, options in mounts.items()
                    if "ro" not in options and not path.startswith(("/dev/", "/proc"))]
        expect(not writable, f"it could write to {writable}")

    def trial_beside(self) -> None:
        before = self._writes()
        done = self._trial.run()
        expect(done.returncode == 0, f"the trial ended with {done.returncode}: {done.stderr[-500:]}")
        expect(self._writes() == before, "somebody wrote to vCenter")

    def _writes(self) -> int:
        return sum(self._sent(method) for method in (CREATE, UPDATE, DELETE))


def pod_of(rootfs: Path, container: dict, backend, folder: Path) -> Pod:
    return Pod(rootfs, container, backend.kubeconfig, backend.vsphere_config, folder)


def build(program: Path, folder: Path) -> Path:
    """The root file system, as deploy/build-rootfs makes it; fails when it is too large."""
    tree = folder / "rootfs"
    subprocess.run([str(manifests.DEPLOY / "build-rootfs"), f"--program={program}", f"--out={tree}"],
                   check=True)
    return tree


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--syncer", type=Path, required=True, help="the program, a release build")
    parser.add_argument("--sim", type=Path, required=True, help="the syncer-sim program")
    options = parser.parse_args()
    if reason := no_containers_because():
        print(f"skipped: no containers here: {reason}")
        return SKIPPED
    story.exit_on_signals()
    with tempfile.TemporaryDirectory(prefix="syncer-image-") as name:
        folder = Path(name)
        tree = build(options.syncer.resolve(), folder)
        with SimBackend(folder / "servers", options.sim.resolve(), volumes=VOLUMES,
                        flags=("--drifted",)) as backend:
            told = Image(tree, backend, folder, story.say)
            try:
                passed, failed = story.tell(told)
            finally:
                told.close()
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
