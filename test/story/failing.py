"""A vCenter that refuses every update of thousands of volumes: how much, and how well, the log tells of it."""

import json

from telling import Telling, expect

VOLUMES, AT_LEAST = 5400, 5000
MOST_LINES = 60
SECONDS = 600


class Failing(Telling):
    def chapters(self) -> list:
        return [
            (f"a cycle with {AT_LEAST} failures has fewer than {MOST_LINES} lines", self.few_lines),
            ("they name the task and the operation of vCenter", self.traces),
            ("status, metric and log know how many there are", self.numbers),
            ("when vCenter has thought better of it CNS becomes right", self.mended),
        ]

    def few_lines(self) -> None:
        for handle in self._backend.volumes():
            self._backend.vcenter("fault_volume", {"volume": handle, "place": "task"})
        self._syncer.start("--bulk-rate=0")
        self._wait("the end of the cycle", lambda: self._total("full_syncs_total") >= 1, SECONDS)
        self._wait("all have failed", lambda: self._failed() >= AT_LEAST, SECONDS)
        lines = self._lines()
        self._say(f"{self._failed():.0f} volumes failed, {len(lines)} lines")
        expect(len(lines) < MOST_LINES, f"{len(lines)} lines:\n" + "\n".join(map(str, lines)))

    def traces(self) -> None:
        refused = [line for line in self._lines() if "CnsFault" in line["msg"] and "volume" in line]
        expect(len(refused) > 0, "no line tells of a refused volume")
        for line in refused:
            expect(line.get("task", "").startswith("task-") and line.get("opId") and line.get("vc"),
                   f"without task, opId or vc: {line}")

    def numbers(self) -> None:
        expect(self._total("full_syncs_total", result="partial") >= 1, "the cycle was not partial")
        status = json.loads(self._syncer.ask("status", "-o", "json")[1])
        shown = status["vcenters"][0]
        expect(shown["volumes"]["failed"] >= AT_LEAST, f"status says {shown['volumes']}")
        expect(len(shown["failures"]) == 100, f"status lists {len(shown['failures'])} volumes")
        expect("cannot be brought into sync" in status["health"], status["health"])

    def mended(self) -> None:
        self._backend.vcenter("calm")
        self._syncer.ask("resync-all", "--yes", "--wait", f"--timeout={SECONDS}s")
        self._in_sync(SECONDS)
        self._no_complaints()
        expect(self._syncer.stop() == 0, "the syncer did not end well")

    def _failed(self) -> float:
        return self._total("volumes", state="failed")

    def _lines(self) -> list[dict]:
        return [json.loads(line) for line in self._syncer.log.read_text().splitlines()]
