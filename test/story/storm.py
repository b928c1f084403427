"""Two more chapters that only servers able to misbehave can play: a burst, and a storm of faults."""

import itertools
import random

from chapters import Story
from telling import LATE_TASK_SECONDS, SYNC_SECONDS
from world import Served

BURST = 1000
MIN_STORM_EDITS = 300
MIN_FAULTS = 50
# Chances per request or task; `ms` is far beyond the client's patience for a lost answer.
STORM = {"seed": 7, "drop_reply": 0.05, "reset_before": 0.03, "unavailable": 0.03,
         "kill_session": 0.01, "delay_task": 0.1, "task_delay_ms": 3000, "lose_task": 0.02}


class StormyStory(Story):
    def chapters(self) -> list:
        *before, second_start, complaints = super().chapters()
        return [*before, (f"{BURST} label edits in one burst", self.burst),
                ("a storm of faults, and then calm", self.storm), second_start, complaints]

    def burst(self) -> None:
        served = self._world.served[100:]
        for number in range(BURST):
            one = served[number % len(served)]
            edit = self._world.label_volume if number % 2 else self._world.label_claim
            edit(one, burst=str(number))
        self._in_sync()

    def storm(self) -> None:
        """Replies lost, tasks late or forgotten, sessions killed: exact one late-task window after."""
        dice = random.Random(STORM["seed"])
        served = self._world.served[100:]
        before = self._backend.misbehave(STORM)
        for number in itertools.count():
            self._edit(dice.choice(served), number)
            faults = self._backend.faults() - before
            if number >= MIN_STORM_EDITS:
                if faults >= MIN_FAULTS:
                    break
                # The syncer holds back after so many failures; wait for what it does next.
                self._wait("one more fault", lambda: self._backend.faults() - before > faults,
                           SYNC_SECONDS)
        self._backend.misbehave(None)
        self._say(f"{faults} faults during {number} edits")
        # CNS may be exact and still be changed by a task that runs late: only after the window is it so.
        self._in_sync(SYNC_SECONDS + LATE_TASK_SECONDS)
        self._wait("no task is running and nothing is left to do", self._calm, SYNC_SECONDS)
        self._in_sync()

    def _edit(self, one: Served, number: int) -> None:
        if number % 3 == 2:
            self._world.delete_pod(one, one.pod)
            self._world.start_pod(one)
        else:
            self._world.label_claim(one, storm=str(number))

    def _calm(self) -> bool:
        return self._syncer.idle() and self._backend.running_tasks() == 0
