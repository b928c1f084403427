#!/usr/bin/env python3
"""Runs the test stages over finished builds; scripts/test makes the builds and calls this.

Every stage runs, also behind a failed one. Exits 1 when a case failed. A stage whose exit code is
77 was skipped because this machine lacks something; it is never counted as passed.
"""
import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

import results
from results import Result

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PYTHON_TESTS = ("test/lint", "test/run", "test/story", "test/real", "test/demo", "test/planted",
                "test/deploy", "test/alerts")
STORY_SECONDS = 1800
# Options that make leaks and undefined behaviour fail the program that has them.
SANITIZERS = {"ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
              "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}


def in_root(*parts):
    return os.path.join(ROOT, *parts)


def ctest(name, build, selection, must_exist=True):
    with tempfile.TemporaryDirectory() as folder:
        junit = os.path.join(folder, "junit.xml")
        command = ["ctest", "--test-dir", build, "--parallel", "2", "--output-on-failure",
                   "--output-junit", junit,
                   "--no-tests=" + ("error" if must_exist else "ignore"), *selection]
        environment = {**os.environ, **SANITIZERS, "GTEST_OUTPUT": f"xml:{folder}/"}
        code = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL,
                              check=False).returncode
        if not os.path.exists(junit):
            return Result(name, failed=1, note="no such tests") if must_exist or code else None
        result = results.count_ctest(name, junit, folder)
        if code != 0 and result.failed == 0:
            result.failed, result.note = 1, "ctest failed"
        if result.passed + result.failed + result.skipped == 0:
            return Result(name, failed=1, note="no such tests") if must_exist else None
        return result


def python_tests(name):
    total = Result(name)
    for folder in PYTHON_TESTS:
        path = in_root(folder)
        if not os.path.isdir(path) or not any(f.endswith("_test.py") for f in os.listdir(path)):
            continue
        run = subprocess.run(
            [sys.executable, "-m", "unittest", "discover", "-t", path, "-s", path, "-p", "*_test.py"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            cwd=path, check=False)
        one = results.count_unittest(folder, run.stdout, run.returncode)
        if one.failed:
            print(f"{folder}:\n{run.stdout}", flush=True)
        total.passed += one.passed
        total.failed += one.failed
        total.skipped += one.skipped
    return total


def story(name, command):
    """A story counts its chapters on its last line; without that line it is one failure."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                             cwd=ROOT)
    late = threading.Timer(STORY_SECONDS, child.send_signal, [signal.SIGTERM])
    late.start()
    last = ""
    try:
        for line in child.stdout:
            print(line, end="", flush=True)
            last = line
        code = child.wait()
    finally:
        # SIGTERM, also when we are interrupted: the story ends the servers that it started.
        late.cancel()
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            child.wait()
    return results.count_story(name, last, code)


def stages(options):
    build = options.build
    yield "unit", lambda n: ctest(n, build, ["-L", "^unit$"])
    if options.quick:
        return
    yield "python", python_tests
    # All that has none of the labels; the checker's own test is among the Python tests already.
    yield "simulators", lambda n: ctest(
        n, build, ["-LE", "^(unit|integration|corpus|bench)$", "-E", "^story_"])
    yield "integration", lambda n: ctest(n, build, ["-L", "^integration$"])
    yield "fuzz corpus", lambda n: ctest(n, build, ["-L", "^corpus$"])
    for name, command in story_commands(options):
        yield name, lambda n, c=command: story(n, c)


def story_commands(options):
    """Stories over the simulators run sanitized programs, but for thousands of volumes and over real
    servers those that ship."""
    def command(build, backend, *more):
        return [sys.executable, in_root("test/story/story.py"), f"--backend={backend}",
                "--syncer", os.path.join(build, "src/app/vsphere-syncer"), *more]

    def sim(build):
        return "--sim", os.path.join(build, "test/sim/syncer-sim")

    yield "story, simulators", command(options.build, "sim", *sim(options.build),
                                       "--story=life,kinds,vcenters,commands,config,nodes,admin,drift,"
                                       "trigger,rotation,privileges,screens")
    yield "story, views of the past", command(
        options.build, "sim", *sim(options.build), "--at-once",
        "--story=view-snapshot,view-empty,view-reset,view-other,view-start")
    yield "story, thousands of volumes", command(options.release, "sim", *sim(options.release),
                                                 "--story=drifted,failing,quiet")
    yield "fail-over", [sys.executable, in_root("test/story/failover.py"), "--kills=6", "--syncer",
                        os.path.join(options.release, "src/app/vsphere-syncer"),
                        *sim(options.release)]
    yield "alerts", [sys.executable, in_root("test/story/alerting.py"), *sim(options.release),
                     "--syncer", os.path.join(options.release, "src/app/vsphere-syncer")]
    yield "story, real servers", command(options.release, "real",
                                         "--story=life,kinds,election,nodes,rights,trigger")
    yield "story, real, no WatchList", command(options.release, "real", "--watchlist=false")
    yield "image", [sys.executable, in_root("test/deploy/image.py"), *sim(options.release),
                    "--syncer", os.path.join(options.release, "src/app/vsphere-syncer")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="folder of the sanitizer build")
    parser.add_argument("--release", help="folder of the release build")
    parser.add_argument("--quick", action="store_true", help="unit tests only")
    options = parser.parse_args()

    done = []
    for name, stage in stages(options):
        print(f"==> test: {name}", flush=True)
        started = time.monotonic()
        result = stage(name)
        if result is None:
            continue
        result.seconds = time.monotonic() - started
        done.append(result)
    print("\n" + results.table(done) + "\n" + results.summary(done), flush=True)
    return 1 if any(r.failed for r in done) else 0


if __name__ == "__main__":
    sys.exit(main())
