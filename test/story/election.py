"""The election against client-go's own, on a real API server: each excludes the other."""

import time

from children import Child, wait_until
from lease import LEASE, LOOK_SECONDS, NAMESPACE, Background, LeaseLog
from telling import Telling, expect

LEASE_SECONDS, RENEW_SECONDS, RETRY_MILLISECONDS = 3, 2, 500
OURS, THEIRS = "vsphere-syncer-0", "client-go"
PATIENCE = 60
SOON = 2.0  # to take a Lease that is free or expired
RENEWALS = 12  # several lease durations


class Election(Telling):
    def chapters(self) -> list:
        return [("client-go leads and we stand by", self.they_lead),
                ("it releases and we lead at once", self.they_release),
                ("it stands by while we lead", self.we_lead),
                ("we release and it leads", self.we_release),
                ("it vanishes and we lead when its Lease has expired", self.they_vanish),
                ("we vanish and it leads when our Lease has expired", self.we_vanish),
                ("nobody went beyond the rights of the CSI controller", self.complaints)]

    def they_lead(self) -> None:
        self._lease = LeaseLog(self._backend.kube)
        self._looking = Background(self._lease.look, LOOK_SECONDS)
        self._start_theirs()
        self._held_by(THEIRS)
        self._start_ours()
        self._renewed_and_held(THEIRS)
        expect(self._syncer.leads() == 0, "we lead beside it")

    def they_release(self) -> None:
        began = time.monotonic_ns()
        self._theirs.stop()
        self._held_by(OURS)
        took = (self._seen(OURS, began) - self._lease.left_at(THEIRS, began)) / 1e9
        self._say(f"ours {took:.2f} s after the release")
        expect(took < SOON, f"{took:.2f} s")
        self._wait("the metric says so", lambda: self._syncer.leads() == 1)

    def we_lead(self) -> None:
        self._start_theirs()
        self._renewed_and_held(OURS)
        expect(self._syncer.leads() == 1, "we do not lead any more")
        expect("leading" not in self._output(), "it leads beside us")

    def we_release(self) -> None:
        self._goodbye()
        self._held_by(THEIRS)
        wait_until("it says so", lambda: "leading" in self._output(), PATIENCE)

    def they_vanish(self) -> None:
        self._start_ours()
        self._wait("we stand by", lambda: self._syncer.leads() == 0)
        self._theirs.kill()
        self._held_by(OURS)
        self._taken_after_expiry(OURS, THEIRS)

    def we_vanish(self) -> None:
        self._start_theirs()
        self._renewed_and_held(OURS)
        self._syncer.kill()
        self._held_by(THEIRS)
        self._taken_after_expiry(THEIRS, OURS)

    def complaints(self) -> None:
        self._theirs.stop()
        self._looking.end()
        spec = self._backend.kube.get(LEASE)["spec"]
        expect(not spec.get("holderIdentity"), "the Lease is not free at the end")
        self._no_complaints()

    def _start_ours(self) -> None:
        self._syncer.start("--leader-election", f"--leader-election-namespace={NAMESPACE}",
                           f"--leader-election-identity={OURS}", *self._timings("--leader-election-"))

    def _start_theirs(self) -> None:
        self._log = self._backend.folder / "elector.log"
        self._heard = self._log.stat().st_size if self._log.exists() else 0
        self._theirs = Child("elector", [
            str(self._backend.binaries / "elector"), f"--kubeconfig={self._backend.kubeconfig}",
            f"--namespace={NAMESPACE}", f"--identity={THEIRS}", *self._timings("--")], self._log)

    @staticmethod
    def _timings(prefix: str) -> list[str]:
        return [f"{prefix}lease-duration={LEASE_SECONDS}s", f"{prefix}renew-deadline={RENEW_SECONDS}s",
                f"{prefix}retry-period={RETRY_MILLISECONDS}ms"]

    def _output(self) -> str:
        """What the elector that runs now has said."""
        return self._log.read_text()[self._heard:]

    def _held_by(self, holder: str) -> None:
        wait_until(f"{holder} holds the Lease", lambda: self._lease.holder() == holder, PATIENCE)

    def _renewed_and_held(self, holder: str) -> None:
        """It goes on for several lease durations, without a moment in other hands."""
        start = len(self._lease.looks)
        self._wait(f"{holder} renews", lambda: len(self._lease.looks) >= start + RENEWALS)
        others = {name for _, name, _ in self._lease.looks[start:]} - {holder}
        expect(not others, f"held by {others} in between")

    def _seen(self, holder: str, since: int) -> int:
        return next(at for at, name, _ in self._lease.looks if at >= since and name == holder)

    def _taken_after_expiry(self, holder: str, vanished: str) -> None:
        silent = self._lease.last_renewal(vanished)
        took = (self._seen(holder, silent) - silent) / 1e9
        self._say(f"taken {took:.2f} s after the last renewal, of {LEASE_SECONDS} s")
        expect(LEASE_SECONDS - 0.1 <= took <= LEASE_SECONDS + SOON, f"{took:.2f} s")
