"""The chapters of the story. Each changes the world, then waits until CNS says the same."""

import checker
from telling import FIRST_SYNC_SECONDS, UPDATE, Telling, expect
from world import Served, World


class Story(Telling):
    def __init__(self, backend, syncer, volumes: int, streaming: bool, say):
        super().__init__(backend, syncer, say)
        self._streaming = streaming
        self._world = World(backend.kube, volumes)
        self._untouched: dict[str, tuple] = {}

    def chapters(self) -> list:
        return [
            ("the cluster exists before the syncer", self.prologue),
            ("everything is in sync after the first start", self.first_sync),
            ("labels change and vanish", self.labels),
            ("pods finish, move and crowd", self.pods),
            ("claims are deleted", self.deleted_claims),
            ("the API server restarts", self.api_server_restart),
            ("vCenter ends every session", self.sessions_killed),
            ("kill -9 in the middle of 100 edits", self.killed_in_the_middle),
            ("a second start sends nothing", self.second_start),
            ("neither server has a complaint", self.complaints),
        ]

    def prologue(self) -> None:
        expect(self._backend.kube.streams_lists() == self._streaming,
               f"the API server should {'' if self._streaming else 'not '}stream lists")
        served = self._world.served
        self._backend.create_volumes([one.handle for one in served])
        self._world.populate(self._progress("volumes with claims and pods"))
        report = self._look()
        expect(report.compared == len(served), f"{report.compared} volumes to compare")
        expect(len(report.differences) == len(served), "CNS knew something before the first start")

    def first_sync(self) -> None:
        self._syncer.start()
        self._in_sync(FIRST_SYNC_SECONDS)

    def labels(self) -> None:
        served = self._world.served
        for one in served[:20]:
            self._world.label_volume(one, owner="team-a", zone="moved")
            self._world.label_claim(one, stage="prod", tier="gold")
        for one in served[20:30]:
            self._world.label_volume(one, zone=None)
            self._world.label_claim(one, tier=None)
        self._in_sync()
        labels = self._entity(served[25], checker.CLAIM).labels
        expect(labels == (("app", served[25].claim),), f"the removed label is still there: {labels}")

    def pods(self) -> None:
        world, served = self._world, self._world.served
        for one in served[30:40]:  # Moved: the old one goes first, as a StatefulSet does it.
            world.delete_pod(one, one.pod)
            world.start_pod(one)
        crowded = {}
        for one in served[40:45]:  # A second pod arrives while the first one runs.
            crowded[one.index] = one.pod
            world.start_pod(one)
        for one in served[45:50]:
            world.set_pod_phase(one, one.pod, "Succeeded")
        self._in_sync()
        expect(self._entity(served[35], checker.POD).name == served[35].pod, "the old pod is listed")
        for one in served[40:45]:
            expect(self._entity(one, checker.POD).name == crowded[one.index], "the later pod is listed")
            world.delete_pod(one, crowded[one.index])
        self._in_sync()
        expect(self._entity(served[41], checker.POD).name == served[41].pod, "the gone pod is listed")
        expect(self._entity(served[46], checker.POD) is None, "a finished pod is listed")

    def deleted_claims(self) -> None:
        """Under Retain only the volume stays listed; under Delete nobody touches what CNS holds."""
        retained = [one for one in self._world.served[50:70] if one.policy == "Retain"]
        deleted = [one for one in self._world.served[50:70] if one.policy == "Delete"]
        for one in deleted:
            self._world.delete_pod(one, one.pod)
        self._in_sync()
        before = {one.handle: self._held(one) for one in deleted}
        for one in deleted:
            self._world.delete_claim(one)
        for one in retained:
            self._world.delete_pod(one, one.pod)
            self._world.delete_claim(one)
        report = self._in_sync()
        expect(sorted(report.hands_off) == sorted(one.handle for one in deleted),
               f"hands off {sorted(report.hands_off)}")
        for one in retained:
            kinds = [entity.kind for entity in self._held(one)]
            expect(kinds == [checker.PV], f"{one.pv} still has {kinds}")
        for one in deleted:
            expect(self._held(one) == before[one.handle], f"hands-off volume of {one.pv} changed")
        self._untouched = {handle: tuple(held) for handle, held in before.items()}

    def api_server_restart(self) -> None:
        self._backend.stop_api_server()
        self._backend.start_api_server()
        for one in self._world.served[70:90]:
            self._world.label_claim(one, after="restart")
            self._world.delete_pod(one, one.pod)
            self._world.start_pod(one)
        self._in_sync()

    def sessions_killed(self) -> None:
        logins = self._syncer_logins()
        killed = self._backend.kill_sessions()
        expect(killed >= 2, "beside our own the syncer had no session to kill")
        for one in self._world.served[90:100]:
            self._world.label_volume(one, after="relogin")
        self._in_sync()
        grown = self._syncer_logins() - logins
        expect(grown == 1, f"{grown} logins after one killed session")

    def killed_in_the_middle(self) -> None:
        served = self._world.served
        in_the_middle = 50
        for number in range(100):
            one = served[100 + number % max(1, len(served) - 100)]
            if number == in_the_middle:
                self._syncer.kill()
            if number % 3 == 0:
                self._world.label_volume(one, edit=str(number))
            elif number % 3 == 1:
                self._world.label_claim(one, edit=str(number))
            else:
                self._world.delete_pod(one, one.pod)
                self._world.start_pod(one)
        expect(self._look().differences != {}, "killed too late: nothing was left to do")
        self._syncer.start()
        self._in_sync(FIRST_SYNC_SECONDS)

    def second_start(self) -> None:
        self._goodbye()
        before = self._sent(UPDATE)
        self._syncer.start()
        self._wait("the first look at everything", self._syncer.idle, FIRST_SYNC_SECONDS)
        sent = self._sent(UPDATE) - before
        expect(sent == 0, f"{sent} updates on an unchanged cluster")
        # It did not merely sleep: the next change arrives, with as many updates as there are changes.
        self._world.label_claim(self._world.served[0], last="edit")
        self._in_sync()
        sent = self._sent(UPDATE) - before
        expect(sent == 1, f"{sent} updates for one change")
        for handle, entities in self._untouched.items():
            expect(tuple(self._live(handle)) == entities, f"hands-off volume {handle} changed")

    def complaints(self) -> None:
        self._no_complaints()
        self._goodbye()

    def _held(self, one: Served):
        return self._live(one.handle)

    def _entity(self, one: Served, kind: str):
        return next((e for e in self._held(one) if e.kind == kind), None)
