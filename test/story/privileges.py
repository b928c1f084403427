"""The vCenter administrator takes a privilege away from the user, and gives it back."""

from telling import FIRST_SYNC_SECONDS, Telling, expect

VOLUMES = 30
MISSING = "MissingPrivileges"
DATASTORE = "sim-datastore"  # the only one
ON_ROOT, ON_DATASTORES = "Cns.Searchable", "Datastore.FileManagement"


class Privileges(Telling):
    def chapters(self) -> list:
        return [("all are there", self.all_there),
                ("one is taken away while calls go on, and named", self.taken),
                ("given back, work goes on and the condition ends", self.given_back),
                ("missing at the start they are named at once, and nothing waits", self.at_start),
                ("no server has a complaint", self.complaints)]

    def all_there(self) -> None:
        self._syncer.start()
        self._wait("the first look at everything", self._syncer.idle, FIRST_SYNC_SECONDS)
        expect(self._sent("HasPrivilegeOnEntities") == 2, "asked more or less than root and datastores")
        expect(not self._condition(MISSING), "the condition stands")

    def taken(self) -> None:
        self._privilege(ON_ROOT, False)
        code, output = self._syncer.ask("resync-all", "--yes")
        expect(code == 0, output)
        self._wait("the condition", lambda: self._condition(MISSING))
        told = self._told()
        self._say(told)
        expect(f"{ON_ROOT} on the root folder" in told, told)
        expect(self._syncer.ready(), "not ready")

    def given_back(self) -> None:
        self._privilege(ON_ROOT, True)
        self._wait("the end of the condition", lambda: not self._condition(MISSING))
        self._in_sync()
        self._goodbye()

    def at_start(self) -> None:
        self._privilege(ON_DATASTORES, False, type="Datastore", name=DATASTORE)
        self._syncer.start()
        self._wait("the condition", lambda: self._condition(MISSING))
        self._say(self._told())
        expect(f"{ON_DATASTORES} on datastore {DATASTORE}" in self._told(), self._told())
        self._wait("the first look at everything", self._syncer.idle, FIRST_SYNC_SECONDS)
        self._in_sync()

    def complaints(self) -> None:
        self._no_complaints()
        self._goodbye()

    def _privilege(self, privilege: str, on: bool, **place: str) -> None:
        self._backend.vcenter("privilege", {"privilege": privilege, "on": on, **place})

    def _told(self) -> str:
        """As the administrator reads it in the table of conditions: its row, and what is below."""
        lines = self._syncer.ask("status")[1].splitlines()
        row = next(at for at, line in enumerate(lines) if line.startswith(f"{MISSING}  "))
        return " ".join(line.strip() for line in lines[row:row + 2])
