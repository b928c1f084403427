"""What every story does: look at both sides, wait until they agree, and say so."""

import time

import checker
from children import wait_until

UPDATE, CREATE, DELETE = "CnsUpdateVolumeMetadata", "CnsCreateVolume", "CnsDeleteVolume"
LATE_TASK_SECONDS = 10  # told to the syncer: the longest a task of this vCenter takes
SYNC_SECONDS = 120
FIRST_SYNC_SECONDS = 240


class Broken(AssertionError):
    """The story took another turn than it must."""


def expect(condition: bool, otherwise: str) -> None:
    if not condition:
        raise Broken(otherwise)


class Telling:
    """Chapters over one backend and one syncer."""

    def __init__(self, backend, syncer, say):
        self._backend, self._syncer, self._say = backend, syncer, say

    def chapters(self) -> list:
        """Title and function, in order; each builds on the state the one before left."""
        raise NotImplementedError

    def _look(self) -> checker.Report:
        return checker.check(self._backend.kube, self._backend.vcenters, self._backend.cluster)

    def _in_sync(self, seconds: float = SYNC_SECONDS, but=()) -> checker.Report:
        """Waits until CNS is as it must be; what the story knows can never be so is in `but`."""
        last: list[checker.Report] = []
        shown = time.monotonic()

        def equal():
            nonlocal shown
            last[:] = [self._look()]
            for key in but:
                last[0].differences.pop(key, None)
            if last[0].differences and time.monotonic() - shown > 5:
                shown = time.monotonic()
                self._say(f"{len(last[0].differences)} of {last[0].compared} volumes differ")
            return not last[0].differences

        try:
            self._wait("CNS equals the desired state", equal, seconds)
        except TimeoutError as error:
            raise Broken(f"{error}; still different:\n{last[0].text()}") from None
        self._say(f"{last[0].compared} volumes equal, {len(last[0].hands_off)} hands off")
        return last[0]

    def _wait(self, what: str, condition, seconds: float = SYNC_SECONDS):
        def running_and_true():
            self._syncer.must_run()
            return condition()

        return wait_until(what, running_and_true, seconds, every=0.2)

    def _live(self, handle: str):
        volume = self._backend.volumes().get(handle)
        return checker.live(volume, self._backend.cluster) if volume is not None else []

    def _kinds(self, handle: str) -> list[tuple[str, str]]:
        """Of each entity of ours its kind and name, sorted."""
        return sorted((entity.kind, entity.name) for entity in self._live(handle))

    def _sent(self, method: str) -> int:
        return self._backend.calls().get(method, 0)

    def _syncer_logins(self) -> int:
        return self._sent("Login") - self._backend.own_logins()

    def _condition(self, kind: str) -> bool:
        return any(value == 1 for (name, labels), value in self._syncer.metrics().items()
                   if name == "vsphere_syncer_condition" and ("type", kind) in labels)

    def _total(self, name: str, **labels: str) -> float:
        return self._syncer.total(name, **labels)

    def _no_complaints(self) -> None:
        complaints = self._backend.complaints()
        expect(not complaints, "; ".join(complaints[:20]))

    def _goodbye(self) -> None:
        code = self._syncer.stop()
        expect(code == 0, f"the syncer ended with {code} on SIGTERM")

    def _progress(self, what: str):
        shown = time.monotonic()

        def progress(done: int, total: int) -> None:
            nonlocal shown
            if done == total or time.monotonic() - shown > 5:
                shown = time.monotonic()
                self._say(f"{done} of {total} {what}")

        return progress
