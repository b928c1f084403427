"""The password of the vCenter's user changes: here first, there first, with a mistake in between, and
while the program restarts. The account is locked at five bad logins in a row, and must never be."""

import contextlib
import json
import time

import kube as paths
from desired import handle_of
from kube import KubeError
from lease import LEASE, NAMESPACE
from telling import FIRST_SYNC_SECONDS, Telling, expect

VOLUMES = 30
PROBE_SECONDS, LONG_PROBE_SECONDS = 10, 60
SOON = 5.0  # from the moment both agree to the first change in CNS
LEASE_SECONDS = 3
ELECTION = ("--leader-election", f"--leader-election-namespace={NAMESPACE}",
            "--leader-election-identity=vsphere-syncer-0",
            f"--leader-election-lease-duration={LEASE_SECONDS}s",
            "--leader-election-renew-deadline=2s", "--leader-election-retry-period=500ms")
REJECTED = "CredentialsRejected"
ANNOTATION = "vsphere-syncer/refused-credentials"
TYPO = "Planted-typo"


class Rotation(Telling):
    def chapters(self) -> list:
        return [("at work", self.at_work),
                ("vCenter first, then the file", self.vcenter_first),
                ("a wrong one in the file, then the right one", self.wrong_then_right),
                ("the file first, and the session goes on", self.file_first),
                ("the file first, and the session is lost", self.file_first_without_session),
                ("restarts between two refusals try nothing", self.restarts),
                ("no secret was told to anybody", self.scan),
                ("no server has a complaint", self.complaints)]

    def at_work(self) -> None:
        self._passwords = [self._backend.summary["vcenters"][0]["password"]]
        self._start(PROBE_SECONDS)
        self._wait("the first look at everything", self._syncer.idle, FIRST_SYNC_SECONDS)
        self._pv = next(pv["metadata"]["name"] for pv in self._backend.kube.list(paths.VOLUMES)
                        if handle_of(pv) and pv["status"]["phase"] == "Bound")
        self._change()
        expect(self._backend.bad_logins() == 0, "a login failed")
        ours = [agent for agent in self._backend.stats()["user_agents"]
                if agent.startswith("vsphere-syncer/")]
        self._say(f"sessions: {ours}")
        expect(len(ours) == 1, f"{len(ours)} sessions")
        expect(self._backend.cluster in ours[0], "the cluster is not named")

    def vcenter_first(self) -> None:
        new = self._next_password()
        self._backend.set_password(new)
        self._change("the live session goes on")
        self._bad(0)
        self._lose_session(1)
        self._write(new)
        self._resumed(time.monotonic(), SOON, "the file follows vCenter")
        self._bad(1)

    def wrong_then_right(self) -> None:
        new = self._next_password()
        self._backend.set_password(new)
        self._lose_session(1)
        self._write(TYPO)
        self._refused(2)
        self._write(new)
        self._resumed(time.monotonic(), SOON, "the right one follows a wrong one")
        self._bad(2)

    def file_first(self) -> None:
        new = self._next_password()
        sessions = self._syncer.total("vcenter_session")
        self._write(new)
        self._refused(1)
        self._change("the live session goes on beside a wrong file")
        expect(self._syncer.total("vcenter_session") == sessions == 1, "the session is gone")
        self._bad(1)
        self._backend.set_password(new)
        began = time.monotonic()
        self._wait("the end of the condition", lambda: not self._condition(REJECTED))
        self._within(began, PROBE_SECONDS + SOON, "vCenter follows the file, noticed")
        self._change()
        self._bad(1)

    def file_first_without_session(self) -> None:
        new = self._next_password()
        self._write(new)
        self._refused(1)
        self._backend.kill_sessions()
        self._label()
        self._wait("the session is gone", lambda: self._syncer.total("vcenter_session") == 0)
        self._backend.set_password(new)
        self._resumed(time.monotonic(), PROBE_SECONDS + SOON, "vCenter follows the file, no session")
        self._bad(1)

    def restarts(self) -> None:
        """Longer between two tries, so that all this comes between them."""
        self._goodbye()
        self._start(LONG_PROBE_SECONDS)
        self._wait("the first look at everything", self._syncer.idle, FIRST_SYNC_SECONDS)
        expect(not self._annotation(), f"the Lease still says {self._annotation()}")
        new = self._next_password()
        self._backend.set_password(new)
        self._lose_session(1)
        self._wait("the Lease knows of it", self._annotation)
        for end in (self._goodbye, self._syncer.kill):
            end()
            self._start(LONG_PROBE_SECONDS)
            self._wait("it leads", lambda: self._syncer.leads() == 1)
            self._wait("it knows of the refusal", lambda: self._condition(REJECTED))
            self._wait("it is ready", self._syncer.ready)
            self._label()
            self._wait("a call needs the session", lambda: self._syncer.total(
                "full_syncs_total", result="failure") >= 2)
            self._bad(1)
        self._write(new)
        self._resumed(time.monotonic(), SOON, "the file follows vCenter after two restarts")
        self._bad(1)
        self._wait("the Lease forgets it", lambda: not self._annotation())

    def scan(self) -> None:
        told = {"log": self._syncer.log.read_text(errors="replace"),
                "metrics": str(self._syncer.metrics()),
                "status": self._syncer.ask("status", "-o", "json")[1],
                "Lease": json.dumps(self._backend.kube.get(LEASE)),
                "Events": json.dumps(self._backend.kube.list(paths.EVENTS))}
        for secret in (TYPO, *self._passwords):
            for where, text in told.items():
                expect(secret not in text, f"a secret is in the {where}")

    def complaints(self) -> None:
        self._say(f"{self._backend.bad_logins()} bad logins in all")
        self._no_complaints()
        self._goodbye()

    _labels = 0
    _bad_before = 0

    def _start(self, probe_seconds: int) -> None:
        self._syncer.start(*ELECTION, f"--credential-probe-interval={probe_seconds}s")

    def _next_password(self) -> str:
        """A turn of the story begins; bad logins count from here."""
        self._bad_before = self._backend.bad_logins()
        self._passwords.append(f"Planted-password-{len(self._passwords)}")
        return self._passwords[-1]

    def _write(self, password: str) -> None:
        line = next(line for line in self._backend.vsphere_config.read_text().splitlines()
                    if line.startswith("password"))
        self._backend.configure(line, f'password = "{password}"')

    def _lose_session(self, bad: int) -> None:
        """A call finds out, and what is in the file is refused."""
        self._backend.kill_sessions()
        self._label()
        self._refused(bad)

    def _refused(self, bad: int) -> None:
        self._wait(f"{bad} bad logins", lambda: self._backend.bad_logins() - self._bad_before >= bad)
        self._wait("the condition", lambda: self._condition(REJECTED))
        self._bad(bad)

    def _bad(self, expected: int) -> None:
        found = self._backend.bad_logins() - self._bad_before
        expect(found == expected, f"{found} bad logins, not {expected}")
        expect(self._syncer.ready(), f"not ready: {self._syncer.readiness()}")

    def _label(self) -> None:
        self._labels += 1
        self._backend.kube.merge(f"{paths.VOLUMES}/{self._pv}",
                                 {"metadata": {"labels": {"edit": f"number-{self._labels}"}}})

    def _change(self, why: str = "") -> None:
        self._label()
        self._in_sync()
        if why:
            self._say(why)

    def _resumed(self, began: float, most: float, what: str) -> None:
        self._in_sync()
        self._within(began, most, what)
        expect(not self._condition(REJECTED), "the condition stands")

    def _within(self, began: float, most: float, what: str) -> None:
        took = time.monotonic() - began
        self._say(f"{what}: {took:.2f} s, {most:g} s allowed; "
                  f"{self._backend.bad_logins() - self._bad_before} bad logins")
        expect(took < most, f"{what}: {took:.2f} s")

    def _annotation(self) -> str:
        with contextlib.suppress(KubeError):
            return self._backend.kube.get(LEASE)["metadata"].get("annotations", {}).get(ANNOTATION, "")
        return ""
