#!/usr/bin/env python3
"""Tells stories to vsphere-syncer over real sockets, and compares CNS at the end of each chapter.

Exit codes: 0 all passed, 1 something failed, 77 skipped (the real servers need Go, and none is here).
"""

import argparse
import contextlib
import re
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

import shelf
from children import Child
from syncer import Syncer
from telling import LATE_TASK_SECONDS, Telling

MIN_VOLUMES = 120


def main() -> int:
    options = parse()
    exit_on_signals()
    folder = options.dir or Path(tempfile.mkdtemp(prefix="syncer-story-"))
    names = options.story.split(",")
    if options.at_once and len(names) > 1:
        passed, failed = tell_at_once(names, folder)
    else:
        told = [tell_one(name, folder / name, options) for name in names]
        passed, failed = (sum(counts) for counts in zip(*told))
    if failed == 0 and options.dir is None:
        shutil.rmtree(folder)
    elif failed:
        print(f"logs are in {folder}")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 0 if failed == 0 else 1


def tell_at_once(names: list[str], folder: Path) -> tuple[int, int]:
    """Each in a process of its own, its output in a file until it has ended."""
    folder.mkdir(parents=True, exist_ok=True)
    tellers = [Child(name, [sys.executable, __file__, *sys.argv[1:], f"--story={name}",
                            f"--dir={folder / name}"], folder / f"{name}.log") for name in names]
    passed = failed = 0
    try:
        for teller in tellers:
            code = teller.wait()
            text = teller.log.read_text(errors="replace")
            print(text, end="", flush=True)
            counts = re.search(r"^(\d+) passed, (\d+) failed$", text, re.MULTILINE)
            one, two = (int(counts[1]), int(counts[2])) if counts else (0, 1)
            passed, failed = passed + one, failed + max(two, 1 if code else 0)
    finally:
        for teller in tellers:
            teller.stop()
    return passed, failed


def tell_one(name: str, folder: Path, options) -> tuple[int, int]:
    folder.mkdir(parents=True, exist_ok=True)
    story = shelf.STORIES[name]
    say(f"story {name} on {options.backend}, files in {folder}")
    with contextlib.ExitStack() as stack:
        backend = stack.enter_context(story.backend(options, folder / "servers"))
        syncer = Syncer(options.syncer.resolve(), backend.kubeconfig, backend.vsphere_config, folder,
                        [f"--late-task-window={LATE_TASK_SECONDS}s", "--bulk-rate=100",
                         *options.syncer_flag])
        stack.callback(syncer.close)
        return tell(story.telling(options, backend, syncer, say))


def tell(story: Telling) -> tuple[int, int]:
    """Runs the chapters; after one that failed the rest has no ground to stand on and counts as failed."""
    lines, passed, failed = [], 0, 0
    for title, chapter in story.chapters():
        if failed:
            lines.append(f"not run  {title}")
            failed += 1
            continue
        started = time.monotonic()
        say(title)
        try:
            chapter()
        except Exception as error:  # noqa: BLE001 - every error ends the chapter, with its reason shown
            traceback.print_exc()
            lines.append(f"failed   {title}: {error}")
            failed += 1
        else:
            lines.append(f"passed   {title} ({time.monotonic() - started:.1f} s)")
            passed += 1
    print("\n".join(["", *lines]), flush=True)
    return passed, failed


def say(text: str, started=time.monotonic()) -> None:
    print(f"[{time.monotonic() - started:6.1f}] {text}", flush=True)


def exit_on_signals() -> None:
    import signal
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: sys.exit(128 + received))


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backend", choices=("sim", "real"), required=True)
    parser.add_argument("--story", default="life",
                        help="which, with commas between: " + ", ".join(shelf.STORIES))
    parser.add_argument("--at-once", action="store_true", help="several stories at the same time")
    parser.add_argument("--syncer", type=Path, required=True, help="the vsphere-syncer program")
    parser.add_argument("--sim", type=Path, help="the syncer-sim program, for --backend sim")
    parser.add_argument("--watchlist", choices=("true", "false"), default="true",
                        help="whether the API server offers streaming lists")
    parser.add_argument("--in-use-protection", action="store_true",
                        help="real: objects in use keep a finalizer, as most clusters have it")
    parser.add_argument("--volumes", type=int, help="of the life (200) and of the large stories (5600)")
    parser.add_argument("--dir", type=Path, help="keep everything there")
    parser.add_argument("--syncer-flag", action="append", default=[], help="one more flag for it")
    options = parser.parse_args()
    options.watchlist = options.watchlist == "true"
    if options.backend == "sim" and options.sim is None:
        parser.error("--backend sim needs --sim")
    if options.volumes is not None and options.volumes < MIN_VOLUMES:
        parser.error(f"the chapters need {MIN_VOLUMES} volumes")
    for name in options.story.split(","):
        if name not in shelf.STORIES:
            parser.error(f"there is no story {name}")
        if options.backend == "real" and not shelf.STORIES[name].real:
            parser.error(f"the story {name} is for the simulators alone")
    return options


if __name__ == "__main__":
    sys.exit(main())
