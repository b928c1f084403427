"""What somebody sees of status and explain who sits at a terminal, or reads it from a file."""

import signal
import time

import kube as paths
from desired import handle_of
from lease import NAMESPACE
from telling import FIRST_SYNC_SECONDS, Telling, expect
from terminal import ESCAPE, lines_of, width_of

VOLUMES = 40
FAILING = 12  # more than are listed
FLAGS = ("--leader-election", f"--leader-election-namespace={NAMESPACE}",
         "--leader-election-identity=vsphere-csi-controller-7d9c4b5f6-x2x7p")
WIDTHS = (80, 160)
CURSOR_AND_SCREEN_BACK = "\x1b[?25h\x1b[?1049l"


class Screens(Telling):
    def chapters(self) -> list:
        return [("a healthy service fits on one screen", self.healthy),
                ("a watch redraws, follows the window and ends with Ctrl-C", self.watch),
                ("a watch in a file is one status after the other", self.watch_in_a_file),
                ("failures are shown with their tries and errors", self.failures),
                ("explain fits the terminal", self.explain),
                ("a watch keeps the last picture while nobody answers", self.silence),
                ("no server has a complaint", self.complaints)]

    def healthy(self) -> None:
        self._syncer.start("--bulk-rate=0", *FLAGS)
        self._in_sync(FIRST_SYNC_SECONDS)
        self._wait("the first look at everything", self._syncer.idle, FIRST_SYNC_SECONDS)
        shown = self._fits("status")
        for lines in shown.values():
            expect(lines[0].startswith(f"All {VOLUMES} volumes in sync"), f"{lines}")
            expect(len(lines) <= 23, f"{len(lines)} lines")
        expect(any("LAST FULL SYNC" in line and "IN SYNC" in line for line in shown[160]),
               f"160 columns are not used: {shown[160]}")
        code, coloured = self._syncer.ask_at_terminal("status")
        expect(coloured.startswith("\x1b[32m"), f"no green: {coloured!r}")
        with self._syncer.at_terminal("status", NO_COLOR="1") as terminal:
            code, plain = terminal.end()
        expect(code == 0 and not ESCAPE.search(plain), f"with NO_COLOR: {plain!r}")
        with self._syncer.at_terminal("status", TERM="dumb") as terminal:
            code, plain = terminal.end()
        expect(code == 0 and plain.isascii() and not ESCAPE.search(plain), f"dumb: {plain!r}")
        with self._syncer.at_terminal("status", columns=50, LC_ALL="C") as terminal:
            code, plain = terminal.end()
        expect(code == 0 and plain.isascii() and "~" in plain, f"without UTF-8: {plain!r}")

    def watch(self) -> None:
        with self._syncer.at_terminal("status", "--watch=0.3", columns=160) as terminal:
            terminal.wait("three pictures", lambda: len(terminal.pictures) > 3)
            terminal.resize(60, 15)
            terminal.wait("a picture for 15 rows",
                          lambda: any("more line" in one for one in terminal.pictures[:-1]))
            terminal.press_ctrl_c()
            code, shown = terminal.end()
            pictures = terminal.pictures
        expect(code == 0, f"it ended with {code}")
        expect(shown.startswith("\x1b[?1049h\x1b[?25l"), f"{shown[:40]!r}")
        expect(shown.replace("^C", "").endswith(CURSOR_AND_SCREEN_BACK), f"{shown[-40:]!r}")
        expect("\x1b[2J" not in shown, "it flickers")
        small = next(one for one in reversed(pictures[:-1]) if "more line" in one)
        expect(len(lines_of(small)) <= 15, f"{len(lines_of(small))} lines")
        self._no_wider(lines_of(small), 60)
        self._no_wider(lines_of(pictures[0]), 160)
        expect("every 0.3 s, as of " in pictures[0], f"{pictures[0]!r}")

    def watch_in_a_file(self) -> None:
        for arguments in ((), ("-o", "json")):
            child = self._syncer.begin("status", "--watch=0.2", *arguments)
            seen = b""
            while seen.count(b"All " if not arguments else b"\n") < 3:
                seen += child.stdout.read1(4096)
            child.send_signal(signal.SIGTERM)
            code, text = child.wait(10), seen.decode()
            child.stdout.close()
            expect(code == 0, f"it ended with {code}")
            expect("\x1b" not in text, f"{text!r}")
            start = '{"' if arguments else time.strftime("%H:", time.gmtime())
            expect(text.startswith(start), f"{text[:40]!r}")

    def failures(self) -> None:
        claims = [pv["spec"]["claimRef"] for pv in self._bound()[:FAILING]]
        for pv in self._bound()[:FAILING]:
            self._backend.vcenter("fault_volume", {"volume": handle_of(pv), "place": "task"})
        for claim in claims:
            self._backend.kube.merge(
                f"{paths.claims(claim['namespace'])}/{claim['name']}",
                {"metadata": {"labels": {"app.kubernetes.io/version": "2"}}})
        self._wait("they fail",
                   lambda: f"{FAILING} volumes cannot" in self._syncer.ask("status")[1])
        shown = self._fits("status")
        for lines in shown.values():
            text = "\n".join(lines)
            for words in ("FAILING BECAUSE", "other fault", "TRIES", "NEXT TRY", "CnsFault",
                          f"and {FAILING - 10} more: vsphere-syncer status --failures={FAILING}"):
                expect(words in text, f"{words!r} is not in {text}")
        code, output = self._syncer.ask("status", f"--failures={FAILING}")
        for pv in self._bound()[:FAILING]:
            expect(handle_of(pv) in output and pv["metadata"]["name"] in output, f"{code}: {output}")

    def explain(self) -> None:
        self._fits("explain", self._bound()[0]["metadata"]["name"])
        self._fits("explain", self._bound()[-1]["metadata"]["name"])

    def silence(self) -> None:
        with self._syncer.at_terminal("status", "-w", "0.2") as terminal:
            terminal.wait("a picture", lambda: len(terminal.pictures) > 1)
            self._goodbye()
            terminal.wait("that nobody answers", lambda: "No answer since " in terminal.shown)
            terminal.wait("one more", lambda: "No answer since " in terminal.pictures[-2])
            terminal.press_ctrl_c()
            code, shown = terminal.end()
        last = shown.split("\x1b[H")[-2]
        expect(code == 0 and "volumes cannot be brought into sync" in last, f"{code}: {last!r}")
        self._no_wider(lines_of(last), 80)

    def complaints(self) -> None:
        self._no_complaints()

    def _bound(self) -> list[dict]:
        return [pv for pv in self._backend.kube.list(paths.VOLUMES)
                if pv["status"]["phase"] == "Bound"]

    def _fits(self, *command: str) -> dict[int, list[str]]:
        """What is seen in terminals of these widths; in a file nothing is cut, and there are no codes."""
        code, output = self._syncer.ask(*command)
        expect(code == 0 and "\x1b" not in output and "…" not in output, f"{code}: {output!r}")
        shown = {}
        for columns in WIDTHS:
            code, text = self._syncer.ask_at_terminal(*command, columns=columns)
            expect(code == 0, f"{code}: {text}")
            shown[columns] = lines_of(text)
            self._no_wider(shown[columns], columns)
        return shown

    def _no_wider(self, lines: list[str], columns: int) -> None:
        for line in lines:
            expect(width_of(line) <= columns, f"{width_of(line)} columns of {columns}: {line}")
