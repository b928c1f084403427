"""csi-vsphere.conf as administrators treat it: broken at first, mended, swapped, and split into files."""

import json
import re
import signal
from pathlib import Path

import kube as paths
from desired import handle_of
from lease import LEASES, NAMESPACE
from telling import FIRST_SYNC_SECONDS, Telling, expect

VOLUMES = 30
FLAGS = ("--cluster-id-from-configmap",)
DISTRIBUTION = "VanillaK8S"  # detected: the file says nothing of it
INVALID = "ConfigInvalid"
PLANTED = "S3cr3t-planted"


class MountedSecret:
    """A Secret as the kubelet mounts it: names lead over `..data` to a folder of this version."""

    def __init__(self, folder: Path):
        self._folder, self._version = folder, 0
        folder.mkdir()

    def replace(self, content: dict[str, str]) -> None:
        self._version += 1
        version = self._folder / f"..version_{self._version}"
        version.mkdir()
        for name, text in content.items():
            (version / name).write_text(text)
        draft = self._folder / "..data_tmp"
        draft.symlink_to(version.name)
        draft.replace(self._folder / "..data")
        for name in content:
            if not (self._folder / name).is_symlink():
                (self._folder / name).symlink_to(f"..data/{name}")

    def path(self, name: str) -> str:
        return str(self._folder / name)


class Configuring(Telling):
    def chapters(self) -> list:
        return [
            ("a file that cannot be used at start: up, not ready, and it says why", self.broken_at_start),
            ("mended, it is taken without a restart", self.mended),
            ("one broken later leaves the old in force", self.broken_later),
            ("credentials move to files of their own", self.credential_files),
            ("a CA file that is none leaves the old in force", self.ca_file),
            ("SIGUSR1 switches the log to debug and back", self.log_level),
            ("no secret was told to anybody", self.scan),
            ("no server has a complaint", self.complaints),
        ]

    def broken_at_start(self) -> None:
        path = self._backend.vsphere_config
        self._good = path.read_text()
        self._secret = MountedSecret(path.parent / "mounted")
        self._write(self._good.replace(self._quoted_password(), f'"{PLANTED}\n'))
        self._syncer.start("--leader-election", f"--leader-election-namespace={NAMESPACE}",
                           VSPHERE_CSI_CONFIG=self._secret.path("csi-vsphere.conf"))
        self._wait("the reason on /readyz",
                   lambda: "password: missing closing quote" in self._syncer.readiness())
        expect(self._condition(INVALID), "no condition")
        self._wait("the Event", lambda: any(
            event["reason"] == INVALID and "missing closing quote" in event["message"]
            for event in self._backend.kube.list(paths.EVENTS)))
        expect(self._syncer_logins() == 0, "it logged in")
        expect(not self._leases(), "it takes part in the election")

    def mended(self) -> None:
        self._write(self._good)
        self._wait("the first look at everything", self._syncer.idle, FIRST_SYNC_SECONDS)
        self._in_sync()
        expect(not self._condition(INVALID), "the condition stands")
        expect(self._syncer.readiness() == "ok", self._syncer.readiness())

    def broken_later(self) -> None:
        logins = self._syncer_logins()
        self._write(self._good.replace("@", f"-{PLANTED}-"))
        self._wait("the condition", lambda: self._condition(INVALID))
        expect(self._syncer.readiness() == "ok", self._syncer.readiness())
        self._edit("old-in-force")
        self._write(self._good)
        self._wait("the end of the condition", lambda: not self._condition(INVALID))
        self._edit("good-again")
        expect(self._syncer_logins() == logins, "it logged in anew")

    def credential_files(self) -> None:
        """Taken at the next login; the file itself has others that vCenter would refuse."""
        vcenter = self._backend.summary["vcenters"][0]
        self._files = {f"{vcenter['host']}.username": vcenter["user"],
                       f"{vcenter['host']}.password": vcenter["password"]}
        self._take(self._good.replace(self._quoted_password(), f'"{PLANTED}"'))
        self._backend.kill_sessions()
        self._edit("from-files")
        expect(self._backend.stats()["failed_logins"] == 0, "a login failed")

    def ca_file(self) -> None:
        line = next(line for line in self._good.splitlines() if line.startswith("ca-file"))
        own = self._good.replace(line, f'ca-file = "{self._secret.path("ca.crt")}"')
        pem = Path(line.split('"')[1]).read_text()
        self._files["ca.crt"] = pem
        self._take(own)
        self._edit("own-ca")
        self._files["ca.crt"] = f"{PLANTED}\n"
        self._write(own)
        self._wait("the condition", lambda: self._condition(INVALID))
        self._edit("old-ca-in-force")
        self._files["ca.crt"] = pem
        self._write(own)
        self._wait("the end of the condition", lambda: not self._condition(INVALID))
        self._edit("good-ca-again")

    def log_level(self) -> None:
        for level in ("debug", "info"):
            self._syncer.signal(signal.SIGUSR1)
            self._wait(f"level {level}", lambda said=level: self._levels()[-1:] == [said])

    def _levels(self) -> list[str]:
        return re.findall(r'"log_level":"(\w+)"', self._syncer.log.read_text(errors="replace"))

    def scan(self) -> None:
        told = {"log": self._syncer.log.read_text(errors="replace"),
                "metrics": str(self._syncer.metrics()),
                "health": self._syncer.health("readyz") + self._syncer.health("livez"),
                "status for people": self._syncer.ask("status")[1],
                "/statusz": self._syncer.ask("status", "-o", "json")[1],
                "Lease": json.dumps(self._leases()),
                "Events": json.dumps(self._backend.kube.list(paths.EVENTS)),
                "custom resources": json.dumps([self._backend.kube.list(path) for path in
                                                (paths.NODE_TOPOLOGIES, paths.MIGRATIONS)])}
        for where in ("log", "metrics", "health", "status for people", "/statusz", "Lease", "Events"):
            expect(len(told[where]) > 2, f"the {where} say nothing at all")
        for secret in (PLANTED, self._backend.summary["vcenters"][0]["password"]):
            for where, text in told.items():
                expect(secret not in text, f"a secret is in the {where}")

    def complaints(self) -> None:
        self._no_complaints()
        self._goodbye()

    def _leases(self) -> list[dict]:
        return self._backend.kube.list(LEASES)

    _files: dict[str, str] = {}

    def _write(self, config: str) -> None:
        self._secret.replace({"csi-vsphere.conf": config, **self._files})

    def _take(self, config: str) -> None:
        """Behind a broken file, so that it shows when this one was read."""
        self._write("[")
        self._wait("the condition", lambda: self._condition(INVALID))
        self._write(config)
        self._wait("the end of the condition", lambda: not self._condition(INVALID))

    def _quoted_password(self) -> str:
        return f'"{self._backend.summary["vcenters"][0]["password"]}"'

    def _edit(self, value: str) -> None:
        """A label on a PV, and the time until CNS has it."""
        pv = next(pv for pv in self._backend.kube.list(paths.VOLUMES)
                  if handle_of(pv) and pv["status"]["phase"] == "Bound")
        self._backend.kube.merge(f"{paths.VOLUMES}/{pv['metadata']['name']}",
                                 {"metadata": {"labels": {"edit": value}}})
        self._in_sync()
        told = self._backend.volumes()[handle_of(pv)].distribution
        expect(told == DISTRIBUTION, f"the distribution became {told!r}")
