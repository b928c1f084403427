#!/usr/bin/env python3
"""The whole life of a cluster told to vsphere-syncer, and CNS compared at the end of each chapter.

Exit codes: 0 all passed, 1 something failed, 77 skipped (the real servers need Go, and none is here).
"""

import argparse
import contextlib
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

from chapters import LATE_TASK_SECONDS, Story
from storm import StormyStory
from syncer import Syncer
from world import NAMESPACES

MIN_VOLUMES = 120


def main() -> int:
    options = parse()
    exit_on_signals()
    with contextlib.ExitStack() as stack:
        folder = options.dir or Path(tempfile.mkdtemp(prefix="syncer-story-"))
        folder.mkdir(parents=True, exist_ok=True)
        say(f"story on {options.backend}, files in {folder}")
        backend = stack.enter_context(make_backend(options, folder))
        syncer = Syncer(options.syncer.resolve(), backend.kubeconfig, backend.vsphere_config, folder,
                        [f"--late-task-window={LATE_TASK_SECONDS}s", "--bulk-rate=100", *options.syncer_flag])
        stack.callback(syncer.close)
        kind = StormyStory if options.backend == "sim" else Story
        passed, failed = tell(kind(backend, syncer, options.volumes, options.watchlist, say))
    if failed == 0 and options.dir is None:
        shutil.rmtree(folder)
    elif failed:
        print(f"logs are in {folder}")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 0 if failed == 0 else 1


def tell(story: Story) -> tuple[int, int]:
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


def make_backend(options, folder: Path):
    if options.backend == "real":
        from backend_real import RealBackend, build_servers
        return RealBackend(folder / "servers", NAMESPACES, options.watchlist,
                           options.in_use_protection, build_servers())
    from backend_sim import SimBackend
    return SimBackend(folder / "servers", options.sim.resolve(), options.watchlist)


def say(text: str, started=time.monotonic()) -> None:
    print(f"[{time.monotonic() - started:6.1f}] {text}", flush=True)


def exit_on_signals() -> None:
    import signal
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: sys.exit(128 + received))


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backend", choices=("sim", "real"), required=True)
    parser.add_argument("--syncer", type=Path, required=True, help="the vsphere-syncer program")
    parser.add_argument("--sim", type=Path, help="the syncer-sim program, for --backend sim")
    parser.add_argument("--watchlist", choices=("true", "false"), default="true",
                        help="whether the API server offers streaming lists")
    parser.add_argument("--in-use-protection", action="store_true",
                        help="real: objects in use keep a finalizer, as most clusters have it")
    parser.add_argument("--volumes", type=int, default=200)
    parser.add_argument("--dir", type=Path, help="keep everything there")
    parser.add_argument("--syncer-flag", action="append", default=[], help="one more flag for it")
    options = parser.parse_args()
    options.watchlist = options.watchlist == "true"
    if options.backend == "sim" and options.sim is None:
        parser.error("--backend sim needs --sim")
    if options.volumes < MIN_VOLUMES:
        parser.error(f"the chapters need {MIN_VOLUMES} volumes")
    return options


if __name__ == "__main__":
    sys.exit(main())
