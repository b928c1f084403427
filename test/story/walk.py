"""Random walks through the life of a cluster of every kind of volume, over real sockets.

What the model test does in process with fakes, with the real program and the simulators: after each walk
and a quiet time CNS is as the checker wants it.
"""

import random

import checker
from children import wait_until
from cluster import Cluster, csi, from_claim
from kube import KubeError
from telling import DELETE, FIRST_SYNC_SECONDS, LATE_TASK_SECONDS, SYNC_SECONDS, Telling, expect

VOLUMES = 60
SEEDS = (1, 2, 3)
STEPS = 500
VOLUMES_PATH, CLAIMS_PATH, PODS_PATH = ("/api/v1/persistentvolumes", "/api/v1/persistentvolumeclaims",
                                        "/api/v1/pods")
WEATHER = {"drop_reply": 0.03, "reset_before": 0.02, "unavailable": 0.02, "delay_task": 0.05,
           "task_delay_ms": 2000, "lose_task": 0.01}


class Walk(Telling):
    def __init__(self, backend, syncer, say):
        super().__init__(backend, syncer, say)
        self._cluster, self._made = Cluster(backend.kube), 0

    def chapters(self) -> list:
        return [
            ("the first sync", self.first_sync),
            *((f"{STEPS} random steps, seed {seed}", lambda seed=seed: self.walk(seed))
              for seed in SEEDS),
            ("no server has a complaint, nothing was unregistered", self.complaints),
        ]

    def first_sync(self) -> None:
        self._syncer.start("--bulk-rate=0", FULL_SYNC_INTERVAL_MINUTES="1")
        self._in_sync(FIRST_SYNC_SECONDS)

    def walk(self, seed: int) -> None:
        self._dice, self._foul = random.Random(seed), False
        done: dict[str, int] = {}
        for _ in range(STEPS):
            step = self._dice.choices([weight[0] for weight in self._steps()],
                                      [weight[1] for weight in self._steps()])[0]
            try:
                step()
            except KubeError as error:
                if error.code not in (404, 409):  # the walk stepped on something that has just gone
                    raise
            done[step.__name__] = done.get(step.__name__, 0) + 1
        self._say(", ".join(f"{count} {name.strip('_')}" for name, count in sorted(done.items())))
        self._backend.misbehave(None)
        self._in_sync(SYNC_SECONDS + 60)
        # A lost task may run late: only after the window is CNS as it stays.
        self._wait("nothing is left to do", lambda: self._backend.running_tasks() == 0, SYNC_SECONDS)
        self._wait("the late-task window is over", lambda: self._syncer.idle(), SYNC_SECONDS + LATE_TASK_SECONDS)
        self._in_sync()

    def _look(self):
        """As ever; what is held because very much went at once is settled, as an administrator would."""
        if self._condition("MassMissing"):
            code, output = self._syncer.ask("confirm", "missing", "--yes")
            expect(code == 0, f"confirm ended with {code}: {output}")
        return super()._look()

    def _steps(self):
        return ((self._label_volume, 20), (self._label_claim, 20), (self._new_pod, 14),
                (self._end_pod, 10), (self._delete_pod, 12), (self._new_static_volume, 4),
                (self._delete_claim, 3), (self._release, 3), (self._drift, 6), (self._weather, 4),
                (self._kill_sessions, 1), (self._restart_api_server, 0.5), (self._restart_syncer, 0.5))

    def _some(self, path: str, wanted=lambda item: True) -> dict:
        found = sorted((item for item in self._backend.kube.list(path) if wanted(item)),
                       key=lambda item: (item["metadata"].get("namespace", ""), item["metadata"]["name"]))
        if not found:
            raise KubeError("GET", path, 404, "nothing of that kind is left")
        return self._dice.choice(found)

    def _label_volume(self) -> None:
        pv = self._some(VOLUMES_PATH)
        self._cluster.label_volume(pv["metadata"]["name"], **self._label())

    def _label_claim(self) -> None:
        namespace, name = checker.rules.key_of(self._some(CLAIMS_PATH))
        self._cluster.label_claim(namespace, name, **self._label())

    def _label(self) -> dict:
        key = self._dice.choice(("walk", "stage", "team"))
        return {key: None if self._dice.random() < 0.3 else str(self._dice.randrange(1000))}

    def _new_pod(self) -> None:
        namespace, claim = checker.rules.key_of(self._some(
            CLAIMS_PATH, lambda item: item["status"].get("phase") == "Bound"))
        self._made += 1
        self._cluster.pod(namespace, f"walk-{self._made}", from_claim(claim))

    def _end_pod(self) -> None:
        namespace, name = checker.rules.key_of(self._some(
            PODS_PATH, lambda item: item["status"].get("phase") == "Running"))
        self._cluster.pod_phase(namespace, name, self._dice.choice(("Succeeded", "Failed")))

    def _delete_pod(self) -> None:
        self._cluster.delete_pod(*checker.rules.key_of(self._some(PODS_PATH)))

    def _new_static_volume(self) -> None:
        self._made += 1
        disk, name = f"7a1c0000-0000-4000-8000-{self._made:012x}", f"walk-pv-{self._made}"
        self._backend.add_disks([disk])
        namespace = checker.rules.key_of(self._some(CLAIMS_PATH))[0]
        claim = self._cluster.claim(namespace, f"walk-{self._made}")
        self._cluster.volume(name, csi(disk), claim)

    def _delete_claim(self) -> None:
        self._cluster.delete_claim(*checker.rules.key_of(self._some(CLAIMS_PATH)))

    def _release(self) -> None:
        """A Bound Retain volume whose claim is gone becomes Released, sometimes Available again."""
        claims = {item["metadata"].get("uid") for item in self._backend.kube.list(CLAIMS_PATH)}
        pv = self._some(VOLUMES_PATH, lambda item: (item["spec"].get("claimRef") or {}).get("uid", "")
                        not in claims | {""} and item["spec"]["persistentVolumeReclaimPolicy"] == "Retain")
        name = pv["metadata"]["name"]
        self._cluster.phase(name, "Released")
        if self._dice.random() < 0.5:
            self._cluster.make_available(name)

    def _drift(self) -> None:
        """Somebody takes what CNS knows about a volume away; the next full sync puts it right."""
        if self._foul:
            return  # our own look at CNS would be refused like the syncer's
        handle = self._dice.choice(sorted(self._backend.volumes()))
        self._backend.set_entities(handle, [])

    def _weather(self) -> None:
        self._foul = self._dice.random() < 0.5
        self._backend.misbehave(None if not self._foul else {"seed": self._dice.randrange(1 << 30), **WEATHER})

    def _kill_sessions(self) -> None:
        self._backend.kill_sessions()

    def _restart_api_server(self) -> None:
        self._backend.stop_api_server()
        self._backend.start_api_server()

    def _restart_syncer(self) -> None:
        if self._dice.random() < 0.5:
            self._syncer.kill()
        else:
            self._syncer.stop()
        # The next process cannot know of a task that still runs; the story "life" starts it at once.
        wait_until("the tasks of the process before have ended",
                   lambda: self._backend.running_tasks() == 0, SYNC_SECONDS)
        self._syncer.start("--bulk-rate=0", FULL_SYNC_INTERVAL_MINUTES="1")

    def complaints(self) -> None:
        expect(self._sent(DELETE) == 0, "a volume was unregistered")
        self._no_complaints()
        self._goodbye()
